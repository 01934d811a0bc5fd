using System.Text.Json;
using SegML.Annotations;
using SegML.Pipelines;

namespace SegML.MLNet;

/// <summary>The saved settings of a transformer that reads one column, adds one, and needs the classes.</summary>
internal sealed record MaskColumnSettings(string Output, string Input, SavedClasses Classes)
{
    /// <summary>How masks are drawn from annotations; null: by the defaults.</summary>
    public AnnotationOptions? Annotations { get; init; }

    /// <exception cref="JsonException">The text is not such settings.</exception>
    public static MaskColumnSettings FromJson(string json) => JsonSerializer.Deserialize<MaskColumnSettings>(json, PipelineJson.Options)!;

    public string ToJson() => JsonSerializer.Serialize(this, PipelineJson.Options);
}
