using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring;

/// <summary>
/// What an exported model says of itself, in its ONNX metadata: classes, input, and where it came from. Tensor names:
/// input "image" float [N, 3, H, W], output "logits" float [N, classes, H, W].
/// </summary>
public sealed record ModelInfo
{
    /// <summary>The version of the metadata's form that this build writes, and the newest it reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The model's name, customarily its pipeline's.</summary>
    public required string Name { get; init; }

    /// <summary>The classes; a class's id is its channel in the logits.</summary>
    public required ClassSet Classes { get; init; }

    /// <summary>How an image becomes the network's input.</summary>
    public required InputOptions Input { get; init; }

    /// <summary>Provenance: network, options, seed, epochs, figures, versions. Free in form.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>As ONNX metadata properties.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        ["segml.format"] = CurrentFormat.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["segml.name"] = Name,
        ["segml.classes"] = JsonSerializer.Serialize(Classes.Classes, PipelineJson.Options),
        ["segml.ignore"] = JsonSerializer.Serialize(Classes.Ignore, PipelineJson.Options),
        ["segml.input"] = JsonSerializer.Serialize(Input, PipelineJson.Options),
        ["segml.training"] = Training?.ToJsonString() ?? "{}",
    };

    /// <summary>Reads it back.</summary>
    /// <param name="metadata">The model's metadata properties.</param>
    /// <param name="source">The model's path, for errors.</param>
    /// <exception cref="ModelFormatException">The metadata is not SegML's, is damaged, or is of a newer form.</exception>
    public static ModelInfo FromMetadata(IReadOnlyDictionary<string, string> metadata, string source)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue("segml.format", out string? format))
        {
            throw new ModelFormatException(source, "has no SegML metadata", "export it with segml export");
        }
        if (!int.TryParse(format, out int version) || version < 1)
        {
            throw Damaged($"form \"{format}\"");
        }
        if (version > CurrentFormat)
        {
            throw new ModelFormatException(source, $"has metadata of form {version}, newer than {CurrentFormat}", "use a newer SegML");
        }
        try
        {
            var classes = JsonSerializer.Deserialize<SegmentationClass[]>(metadata["segml.classes"], PipelineJson.Options) ?? [];
            var ignore = JsonSerializer.Deserialize<IgnoreClass>(metadata["segml.ignore"], PipelineJson.Options);
            var input = JsonSerializer.Deserialize<InputOptions>(metadata["segml.input"], PipelineJson.Options) ?? new InputOptions();
            input.Validate(source);
            return new ModelInfo
            {
                Name = metadata["segml.name"],
                Classes = new ClassSet(classes, ignore, source),
                Input = input,
                Training = JsonNode.Parse(metadata["segml.training"]) as JsonObject,
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentException or PipelineFormatException)
        {
            throw Damaged(e is PipelineFormatException own ? own.Fault : e.Message, e);
        }

        ModelFormatException Damaged(string how, Exception? inner = null) =>
            new(source, $"has damaged SegML metadata ({how})", "export the model again", inner);
    }
}
