using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Images;
using SegML.MLNet;

namespace SegML.ImageSharp;

/// <summary>Reads images from paths or bytes, TIFF, TGA and PBM among them. See <c>ml.Transforms.LoadImagesWithImageSharp</c>.</summary>
public sealed class LoadImagesWithImageSharpTransformer : RowTransformer
{
    internal const string Kind = "SegML.ImageSharp/LoadImages";
    private const char Separator = '\n';

    private readonly string _output;
    private readonly string _input;

    internal LoadImagesWithImageSharpTransformer(string outputColumnName, string inputColumnName)
    {
        ImageSharpFormats.Register();
        (_output, _input) = (outputColumnName, inputColumnName);
        Inputs = [new InputColumn(inputColumnName, type => InputColumn.IsText(type) || InputColumn.IsBytes(type), "text (paths of images) or byte vectors (encoded images)")];
    }

    private protected override string Name => "LoadImagesWithImageSharp";

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    internal static LoadImagesWithImageSharpTransformer FromSaved(SavedTransformer saved) =>
        saved.Settings.Split(Separator) is [var output, var input]
            ? new LoadImagesWithImageSharpTransformer(output, input)
            : throw new ModelFormatException("the saved pipeline", "does not name the two columns of LoadImagesWithImageSharp", "save it again");

    internal override SavedTransformer ToSaved() => new(Kind, $"{_output}{Separator}{_input}");

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) => [new(_output, new ImageDataViewType(), null)];

    private protected override Delegate[] CreateGetters(DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<RgbaImage> read = InputColumn.IsText(inputs[0].Type) ? FromPath(row, inputs[0]) : FromBytes(row, inputs[0]);
        return
        [
            (ValueGetter<MLImage>)((ref MLImage image) =>
            {
                using RgbaImage pixels = read();
                image = MLImagePixels.FromRgba(pixels);
            }),
        ];
    }

    private static Func<RgbaImage> FromPath(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> get = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> path = default;
        return () =>
        {
            get(ref path);
            return ImageFile.Read(path.ToString());
        };
    }

    private static Func<RgbaImage> FromBytes(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<byte>> get = row.GetGetter<VBuffer<byte>>(column);
        VBuffer<byte> encoded = default;
        return () =>
        {
            get(ref encoded);
            return ImageFile.Decode([.. encoded.DenseValues()], $"row {row.Position}");
        };
    }
}

/// <summary>Reads images from paths or bytes, TIFF, TGA and PBM among them. See <c>ml.Transforms.LoadImagesWithImageSharp</c>.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>Learns from the data</term><description>No</description></item>
/// <item><term>Input column</term><description>text (paths) or vector of Byte (files' content)</description></item>
/// <item><term>Output column</term><description>MLImage of any size</description></item>
/// <item><term>Needs normalisation</term><description>No</description></item>
/// <item><term>Package beside Microsoft.ML</term><description>SegML.ImageSharp</description></item>
/// <item><term>Exportable to ONNX</term><description>No: images are read from files, which no model does</description></item>
/// </list>
/// <c>ml.Model.ConvertToOnnx</c> throws <see cref="InvalidOperationException"/> ("Unsupported type") for a pipeline with it.
/// </remarks>
public sealed class LoadImagesWithImageSharpEstimator : RowEstimator<LoadImagesWithImageSharpTransformer>
{
    internal LoadImagesWithImageSharpEstimator(LoadImagesWithImageSharpTransformer transformer)
        : base(transformer)
    {
    }
}
