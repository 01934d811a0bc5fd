using System.Globalization;
using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>
/// Models of Hugging Face's Transformers: id2label in config.json, the way from an image in preprocessor_config.json
/// (https://huggingface.co/docs/transformers/main_classes/image_processor).
/// </summary>
internal static class HuggingFace
{
    private const string Name = "hf", Processor = "preprocessor_config.json";
    private const int Bilinear = 2, Box = 4;

    public static ModelDescription Describe(PresetSource source)
    {
        JsonObject config = source.Json("config.json", Name), processor = source.Json(Processor, Name);
        if (Flag(processor, "do_center_crop"))
        {
            throw new ModelFormatException(Path.Combine(source.Folder, Processor), "crops the image's centre, of which there is no mask of the whole image",
                "describe the model without the crop, at the size that it was trained at");
        }
        bool reduces = Flag(processor, "do_reduce_labels") || Flag(processor, "reduce_labels");
        return new ModelDescription
        {
            Input = Input(source, processor),
            Output = new OutputDescription { Name = source.Graph.Outputs.Any(o => o.Name == "logits") ? "logits" : null },
            Classes = Classes(config, source, reduces),
            // The data set's 0, unlabelled, was left out, and its other numbers count from 0.
            Ignore = reduces ? new IgnoreClass { From = ["0", "255"] } : null,
        };
    }

    private static InputDescription Input(PresetSource source, JsonObject processor)
    {
        double range = Flag(processor, "do_rescale", true) ? 255 * Number(processor["rescale_factor"], 1 / 255d) : 255;
        bool normalizes = Flag(processor, "do_normalize", true);
        var input = new InputDescription
        {
            Range = Math.Round(range, 9),
            Mean = normalizes ? Numbers(processor["image_mean"]) : null,
            Std = normalizes ? Numbers(processor["image_std"]) : null,
            Filter = (int)Number(processor["resample"], Bilinear) == Box ? ResizeFilter.Area : ResizeFilter.Triangle,
            Multiple = processor["size_divisor"] is { } divisor && Number(divisor, 1) > 1 ? (int)Number(divisor, 1) : null,
        };
        if (!Flag(processor, "do_resize", true))
        {
            return input with { Fit = source.HasFixedSize ? InputFit.Stretch : InputFit.Original };
        }
        JsonNode? size = processor["size"];
        if (size is JsonObject { Count: > 0 } sides)
        {
            if (sides["height"] is { } height && sides["width"] is { } width)
            {
                return source.Sized(input, (int)Number(width, 512), (int)Number(height, 512), InputFit.Stretch);
            }
            int edge = (int)Number(sides["shortest_edge"] ?? sides["longest_edge"], 512);
            return source.Sized(input, edge, edge, sides["shortest_edge"] is null ? InputFit.KeepAspect : InputFit.ShortSide);
        }
        int square = (int)Number(size, 512);
        return source.Sized(input, square, square, InputFit.Stretch);
    }

    private static IReadOnlyList<SegmentationClass>? Classes(JsonObject config, PresetSource source, bool reduces)
    {
        if (config["id2label"] is not JsonObject { Count: > 0 } labels)
        {
            return null;
        }
        var byId = new SortedDictionary<int, string>();
        foreach ((string id, JsonNode? label) in labels)
        {
            if (!int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || label is null)
            {
                throw new ModelFormatException(Path.Combine(source.Folder, "config.json"), $"has the id2label entry \"{id}\"", "number the classes 0, 1, 2 ...");
            }
            byId[number] = label.ToString();
        }
        var names = new HashSet<string>();
        return [.. byId.Values.Select((label, id) => new SegmentationClass
        {
            Id = id,
            // ADE20K has the same name more than once; a class set has not.
            Name = names.Add(label) ? label : $"{label} ({id})",
            Color = DefaultPalette.ColorOf(id),
            From = reduces ? [(id + 1).ToString(CultureInfo.InvariantCulture)] : null,
        })];
    }

    private static bool Flag(JsonObject json, string key, bool otherwise = false) => json[key] is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    private static double Number(JsonNode? node, double otherwise) => node is JsonValue value && value.TryGetValue(out double number) ? number : otherwise;

    private static float[]? Numbers(JsonNode? node) => node switch
    {
        JsonArray array => [.. array.Select(n => (float)Number(n, 0))],
        JsonValue value when value.TryGetValue(out double number) => [(float)number],
        _ => null,
    };
}
