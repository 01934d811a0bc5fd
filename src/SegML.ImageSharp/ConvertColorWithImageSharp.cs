using System.Text.Json;
using SegML.Colors;
using SegML.Images;
using SegML.ImageSharp;
using SegML.MLNet;
using SegML.Pipelines;

[assembly: SavedTransformers(typeof(ImageSharpTransformers))]

namespace SegML.ImageSharp;

/// <summary>Turns images into planes of a colour space with ImageSharp. See <c>ml.Transforms.ConvertColorWithImageSharp</c>.</summary>
public sealed class ConvertColorWithImageSharpTransformer : ColorTransformer
{
    internal const string Kind = "SegML.ImageSharp/ConvertColor";

    internal ConvertColorWithImageSharpTransformer(string outputColumnName, string inputColumnName, ColorSpace to)
        : base(outputColumnName, inputColumnName, to)
    {
    }

    private protected override string Name => "ConvertColorWithImageSharp";

    internal static ConvertColorWithImageSharpTransformer FromSaved(SavedTransformer saved)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new ConvertColorWithImageSharpTransformer(s.Output, s.Input, s.To);
    }

    internal override SavedTransformer ToSaved() => new(Kind, JsonSerializer.Serialize(Saved, PipelineJson.Options));

    private protected override void Convert(RgbaImage image, Span<float> planes) => ImageSharpColor.ToPlanes(image, ColorSpace, planes);
}

/// <summary>Turns images into planes of a colour space with ImageSharp. See <c>ml.Transforms.ConvertColorWithImageSharp</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>MLImage</description></item>
/// <item><term>Output column</term><description>vector of Single, [3, H, W] (or as many planes as the space has channels), and
/// Image.Size</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.ImageSharp</description></item>
/// <item><term>Exportable to ONNX</term><description>No: a model that SegML exported converts colours itself</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class ConvertColorWithImageSharpEstimator : RowEstimator<ConvertColorWithImageSharpTransformer>
{
    internal ConvertColorWithImageSharpEstimator(ConvertColorWithImageSharpTransformer transformer)
        : base(transformer)
    {
    }
}

/// <summary>Builds this package's saved transformers.</summary>
internal sealed class ImageSharpTransformers : SavedTransformers
{
    public override RowTransformer? Create(SavedTransformer saved)
    {
        // A pipeline that is loaded reads the files that the one which was saved read.
        ImageSharpFormats.Register();
        return saved.Kind switch
        {
            ConvertColorWithImageSharpTransformer.Kind => ConvertColorWithImageSharpTransformer.FromSaved(saved),
            LoadImagesWithImageSharpTransformer.Kind => LoadImagesWithImageSharpTransformer.FromSaved(saved),
            _ => null,
        };
    }
}
