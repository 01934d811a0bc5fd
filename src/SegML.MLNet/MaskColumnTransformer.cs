using System.Text.Json;
using SegML.Annotations;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.MLNet;

/// <summary>The base of what prepares labels: reads one column and adds one, of given classes.</summary>
public abstract class MaskColumnTransformer : RowTransformer
{
    private readonly MaskColumnSettings _settings;

    private protected MaskColumnTransformer(string kind, string outputColumnName, InputColumn input, ClassSet classes, AnnotationOptions? annotations = null)
    {
        _settings = new MaskColumnSettings(outputColumnName, input.Name, SavedClasses.From(classes)) { Annotations = annotations };
        Name = kind;
        Inputs = [input];
        Classes = classes;
    }

    /// <summary>The classes that the masks are of.</summary>
    public ClassSet Classes { get; }

    private protected string OutputName => _settings.Output;

    private protected override string Name { get; }

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    private protected override bool PassesRowsWithoutInputs => true;

    internal override SavedTransformer ToSaved() => new(Name, JsonSerializer.Serialize(_settings, PipelineJson.Options));

    /// <exception cref="JsonException">The text is not such settings.</exception>
    private protected static MaskColumnSettings SettingsOf(SavedTransformer saved) =>
        JsonSerializer.Deserialize<MaskColumnSettings>(saved.Settings, PipelineJson.Options)!;
}

/// <summary>The saved settings of a <see cref="MaskColumnTransformer"/>.</summary>
internal sealed record MaskColumnSettings(string Output, string Input, SavedClasses Classes)
{
    /// <summary>How masks are drawn from annotations; null: by the defaults.</summary>
    public AnnotationOptions? Annotations { get; init; }
}
