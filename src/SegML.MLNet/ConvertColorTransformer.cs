using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using SegML.Colors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>Turns images into planes of a colour space. See <c>ml.Transforms.ConvertColor</c>.</summary>
public sealed class ConvertColorTransformer : RowTransformer
{
    internal const string Kind = "ConvertColor";

    private readonly string _output;
    private readonly string _input;
    private readonly ColorConversion _conversion;

    internal ConvertColorTransformer(string outputColumnName, string inputColumnName, ColorSpace to, ColorConversion? conversion = null)
    {
        _output = outputColumnName;
        _input = inputColumnName;
        _conversion = conversion ?? ColorConverter.ToPlanes;
        ColorSpace = to;
        Inputs = [InputColumn.Image(inputColumnName)];
    }

    /// <summary>The space that images are converted to.</summary>
    public ColorSpace ColorSpace { get; }

    private protected override string Name => Kind;

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    internal static ConvertColorTransformer FromSaved(SavedTransformer saved)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new ConvertColorTransformer(s.Output, s.Input, s.To);
    }

    // What is computed is saved, not by whose code: a conversion of one's own differs from SegML's by rounding only.
    internal override SavedTransformer ToSaved() =>
        new(Kind, JsonSerializer.Serialize(new Settings(_output, _input, ColorSpace), PipelineJson.Options));

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes)
    {
        var image = (ImageDataViewType)inputTypes[0];
        NumberDataViewType number = NumberDataViewType.Single;
        return
        [
            new(_output, image.Height > 0 && image.Width > 0
                ? new VectorDataViewType(number, ColorChannel.Of(ColorSpace).Count, image.Height, image.Width)
                : new VectorDataViewType(number)),
        ];
    }

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<MLImage> getImage = RowValues.Images(row, inputs[0]);
        int channels = ColorChannel.Of(ColorSpace).Count;
        return
        [
            (ValueGetter<VBuffer<float>>)((ref VBuffer<float> planes) =>
            {
                using RgbaImage pixels = MLImagePixels.ToRgba(getImage());
                VBufferEditor<float> editor = VBufferEditor.Create(ref planes, checked(channels * pixels.Width * pixels.Height));
                _conversion(pixels, ColorSpace, editor.Values);
                planes = editor.Commit();
            }),
        ];
    }

    private sealed record Settings(string Output, string Input, ColorSpace To);
}

/// <summary>Turns images into planes of a colour space. See <c>ml.Transforms.ConvertColor</c>.</summary>
public sealed class ConvertColorEstimator : RowEstimator<ConvertColorTransformer>
{
    internal ConvertColorEstimator(ConvertColorTransformer transformer)
        : base(transformer)
    {
    }
}
