using System.Text.Json;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.MLNet;

/// <summary>Turns images into planes of a colour space. See <c>ml.Transforms.ConvertColor</c>.</summary>
public sealed class ConvertColorTransformer : ColorTransformer
{
    internal const string Kind = "ConvertColor";

    private readonly ColorConversion _conversion;

    internal ConvertColorTransformer(string outputColumnName, string inputColumnName, ColorSpace to, ColorConversion? conversion = null)
        : base(outputColumnName, inputColumnName, to) => _conversion = conversion ?? ColorConverter.ToPlanes;

    private protected override string Name => Kind;

    internal static ConvertColorTransformer FromSaved(SavedTransformer saved)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new ConvertColorTransformer(s.Output, s.Input, s.To);
    }

    internal override SavedTransformer ToSaved() => new(Kind, JsonSerializer.Serialize(Saved, PipelineJson.Options));

    private protected override void Convert(RgbaImage image, Span<float> planes) => _conversion(image, ColorSpace, planes);
}

/// <summary>Turns images into planes of a colour space. See <c>ml.Transforms.ConvertColor</c>.</summary>
public sealed class ConvertColorEstimator : RowEstimator<ConvertColorTransformer>
{
    internal ConvertColorEstimator(ConvertColorTransformer transformer)
        : base(transformer)
    {
    }
}
