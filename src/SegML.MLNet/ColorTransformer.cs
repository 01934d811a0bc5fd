using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Colors;
using SegML.Images;

namespace SegML.MLNet;

/// <summary>The base of the transformers that turn images into planes of a colour space, [C, H, W].</summary>
public abstract class ColorTransformer : RowTransformer
{
    private readonly string _output;
    private readonly string _input;

    private protected ColorTransformer(string outputColumnName, string inputColumnName, ColorSpace to)
    {
        _output = outputColumnName;
        _input = inputColumnName;
        ColorSpace = to;
        Inputs = [InputColumn.Image(inputColumnName)];
    }

    /// <summary>The space that images are converted to.</summary>
    public ColorSpace ColorSpace { get; }

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>What is saved.</summary>
    private protected Settings Saved => new(_output, _input, ColorSpace);

    /// <summary>Converts one image.</summary>
    private protected abstract void Convert(RgbaImage image, Span<float> planes);

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes)
    {
        var image = (ImageDataViewType)inputTypes[0];
        NumberDataViewType number = NumberDataViewType.Single;
        bool isSized = image.Height > 0 && image.Width > 0;
        var planes = new DataViewSchema.DetachedColumn(_output,
            isSized ? new VectorDataViewType(number, ColorChannel.Of(ColorSpace).Count, image.Height, image.Width) : new VectorDataViewType(number),
            PlanesColumn.Annotate(ColorSpace));
        return isSized ? [planes] : [planes, new(PlanesColumn.SizeName(_output), PlanesColumn.SizeType)];
    }

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<MLImage> getImage = RowValues.Images(row, inputs[0]);
        int channels = ColorChannel.Of(ColorSpace).Count;
        ValueGetter<VBuffer<float>> getPlanes = (ref VBuffer<float> planes) =>
        {
            using RgbaImage pixels = MLImagePixels.ToRgba(getImage());
            VBufferEditor<float> editor = VBufferEditor.Create(ref planes, checked(channels * pixels.Width * pixels.Height));
            Convert(pixels, editor.Values);
            planes = editor.Commit();
        };
        ValueGetter<VBuffer<int>> getSize = (ref VBuffer<int> size) =>
        {
            MLImage image = getImage();
            VBufferEditor<int> editor = VBufferEditor.Create(ref size, 2);
            (editor.Values[0], editor.Values[1]) = (image.Height, image.Width);
            size = editor.Commit();
        };
        return active.Count == 1 ? [getPlanes] : [getPlanes, getSize];
    }

    /// <summary>What is saved, in JSON.</summary>
    internal sealed record Settings(string Output, string Input, ColorSpace To);
}
