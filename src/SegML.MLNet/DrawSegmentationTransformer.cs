using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.MLNet;

/// <summary>Draws masks over images. See <c>ml.Transforms.DrawSegmentation</c>.</summary>
public sealed class DrawSegmentationTransformer : RowTransformer
{
    internal const string Kind = "DrawSegmentation";

    private readonly Settings _settings;

    internal DrawSegmentationTransformer(Settings settings)
    {
        _settings = settings;
        Inputs =
        [
            new InputColumn(settings.Image, type => InputColumn.IsImage(type) || InputColumn.IsText(type),
                "images (from LoadImages or an MLImage property) or text (paths of images)"),
            InputColumn.Mask(settings.Mask),
        ];
    }

    private protected override string Name => Kind;

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    internal static DrawSegmentationTransformer FromSaved(SavedTransformer saved) =>
        new(JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!);

    internal override SavedTransformer ToSaved() => new(Kind, JsonSerializer.Serialize(_settings, PipelineJson.Options));

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) =>
        [new(_settings.Output, new ImageDataViewType(), null)];

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<SegmentationMask, MLImage> draw = inputs[0].Type is TextDataViewType
            ? OverFile(row.GetGetter<ReadOnlyMemory<char>>(inputs[0]), row)
            : OverImage(RowValues.Images(row, inputs[0]), row);
        Func<SegmentationMask> getMask = RowValues.Masks(row, inputs[1]);
        // The value that comes in is somebody's image and is not disposed.
        return [(ValueGetter<MLImage>)((ref MLImage overlay) => overlay = draw(getMask()))];
    }

    private Func<SegmentationMask, MLImage> OverFile(ValueGetter<ReadOnlyMemory<char>> getter, DataViewRow row)
    {
        ReadOnlyMemory<char> path = default;
        return mask =>
        {
            getter(ref path);
            using RgbaImage image = ImageFile.Read(path.ToString());
            Check(image.Width, image.Height, mask, row);
            using RgbaImage overlay = Overlay.Draw(image, mask, _settings.Options);
            return MLImagePixels.FromRgba(overlay);
        };
    }

    private Func<SegmentationMask, MLImage> OverImage(Func<MLImage> getImage, DataViewRow row) => mask =>
    {
        MLImage image = getImage();
        Check(image.Width, image.Height, mask, row);
        return mask.DrawOver(image, _settings.Options);
    };

    private static void Check(int width, int height, SegmentationMask mask, DataViewRow row)
    {
        if (width != mask.Width || height != mask.Height)
        {
            throw new MaskFormatException($"row {row.Position}", $"has an image of {width}x{height} and a mask of {mask.Width}x{mask.Height}",
                "draw over the image that the mask was predicted from");
        }
    }

    /// <summary>What is saved, in JSON.</summary>
    /// <param name="Output">The column of overlays.</param>
    /// <param name="Image">The column of images.</param>
    /// <param name="Mask">The column of masks.</param>
    /// <param name="Options">How overlays look.</param>
    internal sealed record Settings(string Output, string Image, string Mask, OverlayOptions Options);
}

/// <summary>Draws masks over images. See <c>ml.Transforms.DrawSegmentation</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>MLImage and SegmentationMask</description></item>
/// <item><term>Output column</term><description>MLImage</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.MLNet</description></item>
/// <item><term>Exportable to ONNX</term><description>No: it draws for people</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class DrawSegmentationEstimator : RowEstimator<DrawSegmentationTransformer>
{
    internal DrawSegmentationEstimator(DrawSegmentationTransformer transformer)
        : base(transformer)
    {
    }
}
