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
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>MLImage</description></item>
/// <item><term>Output column</term><description>vector of Single, [3, H, W] (or as many planes as the space has channels), and
/// Image.Size</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: a model that SegML exported converts colours itself</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class ConvertColorEstimator : RowEstimator<ConvertColorTransformer>
{
    internal ConvertColorEstimator(ConvertColorTransformer transformer)
        : base(transformer)
    {
    }
}
