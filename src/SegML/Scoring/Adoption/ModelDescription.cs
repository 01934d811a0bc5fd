using System.Text.Json;
using System.Text.Json.Serialization;
using SegML.Colors;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption;

/// <summary>
/// What a segmentation model that another tool exported takes and gives, as far as its ONNX file does not say: how an image becomes its input,
/// what its output means, and its classes. With it SegML adopts the model: <see cref="Segmenter.Load(string, ModelDescription, SegmenterOptions?)"/>,
/// <see cref="ModelAdoption"/>, <c>segml model adopt</c>. What is null is read from the graph.
/// </summary>
public sealed record ModelDescription
{
    /// <summary>The model's name. Null: the file's.</summary>
    public string? Name { get; init; }

    /// <summary>How an image becomes the input.</summary>
    public InputDescription Input { get; init; } = new();

    /// <summary>What the output means.</summary>
    public OutputDescription Output { get; init; } = new();

    /// <summary>
    /// The classes in the order of the output's channels; in JSON names, or objects as in a pipeline file. For a single channel the foreground, or background
    /// and foreground. Null: "class 0", "class 1" and so on, as many as the output has channels.
    /// </summary>
    [JsonConverter(typeof(ClassListConverter))]
    public IReadOnlyList<SegmentationClass>? Classes { get; init; }

    /// <summary>What evaluation leaves out. Null: mask value 255.</summary>
    public IgnoreClass? Ignore { get; init; }

    /// <summary>Reads a description from a JSON file.</summary>
    /// <exception cref="ModelFormatException">The file is missing, is no JSON, or has keys or values that are none of these.</exception>
    public static ModelDescription Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text = UnreadableFile.Reading(path, (s, f, x, e) => new ModelFormatException(s, f, x, e), () => File.ReadAllText(path));
        try
        {
            return JsonSerializer.Deserialize<ModelDescription>(text, PipelineJson.Options) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException)
        {
            throw new ModelFormatException(path, $"is no description of a model ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
                "begin with what segml model adopt --describe writes", e);
        }
    }

    /// <summary>The description as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PipelineJson.Indented);
}

/// <summary>How an image becomes a foreign model's input.</summary>
public sealed record InputDescription
{
    /// <summary>The input's name. Null: the only one that is an image.</summary>
    public string? Name { get; init; }

    /// <summary>The order of its axes. Null: as its shape shows.</summary>
    public TensorLayout? Layout { get; init; }

    /// <summary>Width in pixels. Null: the graph's; where that varies, each image keeps its own size (see <see cref="Fit"/>).</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels. Null: as for the width.</summary>
    public int? Height { get; init; }

    /// <summary>
    /// How an image of another size is brought to that size. Null: <see cref="InputFit.Stretch"/> where there is one, else <see cref="InputFit.Original"/>.
    /// </summary>
    public InputFit? Fit { get; init; }

    /// <summary>How pixels are weighted where an image shrinks, which should be as in training. Default <see cref="ResizeFilter.Triangle"/>.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Triangle;

    /// <summary>Sides are rounded to multiples of this, for networks that only take such sizes, 1 to 1024. Null: any size.</summary>
    public int? Multiple { get; init; }

    /// <summary>The colour of the bars of <see cref="InputFit.Letterbox"/>. Null: grey, 114 of 255, as the YOLO family has it.</summary>
    public Rgb? PadColor { get; init; }

    /// <summary>The colour space of its channels. Default <see cref="ColorSpace.Rgb"/>; of an input of one channel <see cref="ColorSpace.Gray601"/>.</summary>
    public ColorSpace? ColorSpace { get; init; }

    /// <summary>What the greatest value of a byte, 255, becomes before mean and std: 1 for 0..1, 255 for bytes as they are. Null: 1, and 255 for an integer input.</summary>
    public double? Range { get; init; }

    /// <summary>Subtracted from each channel, in units of <see cref="Range"/>; one number, or one a channel. Null: 0.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>Divides each channel after that; above 0. Null: 1.</summary>
    public IReadOnlyList<float>? Std { get; init; }
}

/// <summary>What a foreign model's output means.</summary>
public sealed record OutputDescription
{
    /// <summary>The output's name. Null: the only one, or the first of several.</summary>
    public string? Name { get; init; }

    /// <summary>The order of its axes. Null: as its shape shows.</summary>
    public TensorLayout? Layout { get; init; }

    /// <summary>What its numbers mean. Null: what the graph's last nodes show.</summary>
    public OutputMeaning? Meaning { get; init; }

    /// <summary>
    /// From which probability on a pixel is foreground, or of an overlapping class; above 0 and below 1. With other values than 0.5 a foreground's scores
    /// are shifted so that 0.5 stands for the threshold. Default 0.5.
    /// </summary>
    public double Threshold { get; init; } = 0.5;
}
