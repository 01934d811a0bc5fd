using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>What a preset describes a model from: its graph, and the folder that its exporter filled.</summary>
/// <param name="Graph">The model's graph.</param>
/// <param name="Folder">The folder with the files that the exporter wrote beside it.</param>
internal sealed record PresetSource(ForeignGraph Graph, string Folder)
{
    public static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f], ImageNetStd = [0.229f, 0.224f, 0.225f];

    /// <summary>Whether the graph takes images of one size alone.</summary>
    public bool HasFixedSize => Image?.Sizes is [_, 1 or 3 or 4, var height, var width] ? height is not null || width is not null
        : Image?.Sizes is [_, var h, var w, _] && (h is not null || w is not null);

    /// <summary>How many channels the output has that counts; null: the graph does not say, or the output is no map of channels.</summary>
    public long? Channels(string? output = null)
    {
        ForeignTensor? tensor = output is null ? Graph.Outputs.FirstOrDefault(o => o.Sizes is { Count: 3 or 4 }) : Graph.Outputs.FirstOrDefault(o => o.Name == output);
        if (tensor is null)
        {
            return null;
        }
        LastNode last = LastNode.Of(Graph, tensor.Name);
        if (last is { Kind: LastNode.ArgMax, Layout: { } chosen })
        {
            return OutputChannels.Of(Graph, last.Value, chosen);
        }
        TensorLayout layout = Image?.Sizes is [_, not (1 or 3 or 4), _, 1 or 3 or 4] ? TensorLayout.Nhwc : TensorLayout.Nchw;
        return tensor.IsInteger ? null : tensor.Sizes is { Count: 3 } ? 1 : OutputChannels.Of(Graph, tensor.Name, layout);
    }

    /// <summary>Whether the graph's own last node is one of these.</summary>
    public bool EndsIn(string kind) => Graph.Outputs.Any(o => LastNode.Of(Graph, o.Name).Kind == kind);

    /// <summary>An input of a size where the graph leaves that open.</summary>
    public InputDescription Sized(InputDescription input, int width, int height, InputFit fit) =>
        HasFixedSize ? input with { Fit = fit == InputFit.Letterbox ? fit : InputFit.Stretch } : input with { Width = width, Height = height, Fit = fit };

    /// <summary>Reads a JSON object of the folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing, or is none.</exception>
    public JsonObject Json(string file, string preset)
    {
        try
        {
            return JsonNode.Parse(Text(file, preset), null, PipelineJson.Document) as JsonObject ?? throw new JsonException("it is no object");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ModelFormatException(Path.Combine(Folder, file), $"is no JSON object ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')})", "copy it again from its source", e);
        }
    }

    /// <summary>Reads a text file of the folder.</summary>
    /// <exception cref="ModelFormatException">The file is missing or cannot be read.</exception>
    public string Text(string file, string preset)
    {
        string path = Path.Combine(Folder, file);
        return File.Exists(path) ? UnreadableFile.Reading(path, (s, f, x, e) => new ModelFormatException(s, f, x, e), () => File.ReadAllText(path))
            : throw new ModelFormatException(path, $"is missing, which the preset {preset} reads", "name the folder that has it: --from DIR");
    }

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    public static IReadOnlyList<SegmentationClass> Classes(IEnumerable<string> names) =>
        [.. names.Select((name, id) => new SegmentationClass { Id = id, Name = name, Color = DefaultPalette.ColorOf(id) })];

    private ForeignTensor? Image => Graph.Inputs.FirstOrDefault(i => i.Sizes is { Count: 4 });
}
