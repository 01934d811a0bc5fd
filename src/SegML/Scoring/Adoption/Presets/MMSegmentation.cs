using System.Text.Json.Nodes;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>MMDeploy's models of MMSegmentation, whose pipeline.json has the transforms (https://mmdeploy.readthedocs.io).</summary>
internal static class MMSegmentation
{
    private const string Name = "mmseg", FileName = "pipeline.json";

    public static ModelDescription Describe(PresetSource source)
    {
        JsonObject file = source.Json(FileName, Name);
        var tasks = (file["pipeline"]?["tasks"] as JsonArray ?? []).OfType<JsonObject>();
        JsonObject? preprocess = tasks.FirstOrDefault(t => t["transforms"] is JsonArray);
        if (preprocess is null)
        {
            throw new ModelFormatException(Path.Combine(source.Folder, FileName), "has no task with transforms", "give the pipeline.json that MMDeploy wrote");
        }
        var input = new InputDescription { Range = 255, Filter = ResizeFilter.Linear };
        bool isSized = false;
        foreach (JsonObject transform in ((JsonArray)preprocess["transforms"]!).OfType<JsonObject>())
        {
            switch (transform["type"]?.ToString())
            {
                case "Normalize":
                    bool toRgb = transform["to_rgb"]?.ToString() is not ("false" or "False");
                    input = input with { Mean = Yaml.Numbers(transform["mean"]), Std = Yaml.Numbers(transform["std"]), ColorSpace = toRgb ? ColorSpace.Rgb : ColorSpace.Bgr };
                    break;
                case "Resize" when (Yaml.Numbers(transform["size"]) ?? Yaml.Numbers(transform["img_scale"])) is [var width, .., var height]:
                    InputFit fit = transform["keep_ratio"]?.ToString() is "true" or "True" ? InputFit.KeepAspect : InputFit.Stretch;
                    (input, isSized) = (source.Sized(input, (int)width, (int)height, fit), true);
                    break;
            }
        }
        return new ModelDescription { Input = isSized ? input : input with { Fit = source.HasFixedSize ? InputFit.Stretch : InputFit.Original } };
    }
}
