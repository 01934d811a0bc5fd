using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>PaddleSeg's exported models, whose deploy.yaml has the transforms (https://github.com/PaddlePaddle/PaddleSeg/blob/develop/docs/model_export.md).</summary>
internal static class PaddleSeg
{
    private const string Name = "paddleseg", FileName = "deploy.yaml";

    public static ModelDescription Describe(PresetSource source)
    {
        JsonNode? deploy = Yaml.Parse(source.Text(FileName, Name))["Deploy"];
        if (deploy is not JsonObject settings)
        {
            throw new ModelFormatException(Path.Combine(source.Folder, FileName), "has no part Deploy", "give the deploy.yaml that PaddleSeg's export wrote");
        }
        var input = new InputDescription { Filter = ResizeFilter.Linear };
        bool isSized = false;
        foreach (JsonObject transform in (settings["transforms"] as JsonArray ?? []).OfType<JsonObject>())
        {
            switch (transform["type"]?.ToString())
            {
                case "Normalize":
                    input = input with { Mean = Yaml.Numbers(transform["mean"]) ?? [0.5f], Std = Yaml.Numbers(transform["std"]) ?? [0.5f] };
                    break;
                case "Resize":
                    float[] size = Yaml.Numbers(transform["target_size"]) ?? [512, 512];
                    (input, isSized) = (source.Sized(input, (int)size[0], (int)size[^1], InputFit.Stretch), true);
                    break;
                case null or "ToTensor":
                    break;
                case var other:
                    throw new ModelFormatException(Path.Combine(source.Folder, FileName), $"has the transform {other}, which is not known",
                        "describe the model with what comes out of it, or leave it out");
            }
        }
        OutputMeaning? meaning = settings["output_op"]?.ToString() switch
        {
            "argmax" => OutputMeaning.ClassIndex,
            "softmax" => OutputMeaning.Probabilities,
            _ => null,
        };
        return new ModelDescription
        {
            Input = isSized ? input : input with { Fit = source.HasFixedSize ? InputFit.Stretch : InputFit.Original },
            Output = new OutputDescription { Meaning = meaning },
        };
    }
}
