using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// Scores images with an exported model, a mask of the image's own size each. See <c>ml.Transforms.ApplySegmentationModel</c>.
/// A thin layer on <see cref="Scoring.Segmenter"/>; saving it saves the model.
/// </summary>
public sealed class ApplySegmentationModelTransformer : RowTransformer, IDisposable
{
    internal const string Kind = "ApplySegmentationModel";

    private readonly string _output;
    private readonly string _input;
    private readonly string _model;
    private readonly SegmenterOptions _options;

    internal ApplySegmentationModelTransformer(
        string outputColumnName, string inputColumnName, byte[] model, string name, SegmenterOptions? options)
    {
        _output = outputColumnName;
        _input = inputColumnName;
        _model = name;
        _options = options ?? new SegmenterOptions();
        Segmenter = Segmenter.Load(model, name, _options);
        Inputs =
        [
            new InputColumn(inputColumnName, type => InputColumn.IsImage(type) || InputColumn.IsText(type) || InputColumn.IsBytes(type),
                "images (from LoadImages or an MLImage property), text (paths of images) or byte vectors (encoded images)"),
        ];
    }

    /// <summary>What scores: thread-safe, also usable without ML.NET. Disposed with the transformer.</summary>
    public Segmenter Segmenter { get; }

    private protected override string Name => Kind;

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Segmenter.Dispose();

    internal static ApplySegmentationModelTransformer FromSaved(SavedTransformer saved)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new ApplySegmentationModelTransformer(s.Output, s.Input, saved.Payload ?? [], s.Model, s.Options);
    }

    /// <summary>The shape of scored data, for a trainer whose model does not exist yet.</summary>
    internal static SchemaShape AppendTo(SchemaShape input, string outputColumnName) =>
        Append(input, [new(outputColumnName, SegmentationMaskDataViewType.Instance, SlotNames.Of([""]))]);

    internal override SavedTransformer ToSaved() =>
        new(Kind, JsonSerializer.Serialize(new Settings(_output, _input, _model, _options), PipelineJson.Options), Segmenter.Model.ToArray());

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes) =>
        [new(_output, SegmentationMaskDataViewType.Instance, SlotNames.Of(Segmenter.Info.Classes.Names))];

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        Func<SegmentationMask> predict = inputs[0].Type switch
        {
            TextDataViewType => FromPath(row.GetGetter<ReadOnlyMemory<char>>(inputs[0])),
            VectorDataViewType => FromBytes(row.GetGetter<VBuffer<byte>>(inputs[0]), row),
            _ => FromImage(row.GetGetter<MLImage>(inputs[0]), row),
        };
        return [(ValueGetter<SegmentationMask>)((ref SegmentationMask mask) => mask = predict())];
    }

    private Func<SegmentationMask> FromPath(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> path = default;
        return () =>
        {
            getter(ref path);
            return Segmenter.Predict(path.ToString());
        };
    }

    private Func<SegmentationMask> FromBytes(ValueGetter<VBuffer<byte>> getter, DataViewRow row)
    {
        VBuffer<byte> encoded = default;
        return () =>
        {
            getter(ref encoded);
            ReadOnlySpan<byte> bytes = encoded.IsDense ? encoded.GetValues() : [.. encoded.DenseValues()];
            using RgbaImage image = ImageFile.Decode(bytes, $"row {row.Position}");
            return Segmenter.Predict(image);
        };
    }

    private Func<SegmentationMask> FromImage(ValueGetter<MLImage> getter, DataViewRow row)
    {
        // A new reference each time: stock getters dispose the image that they are given, and it may still be in use.
        return () =>
        {
            MLImage image = null!;
            getter(ref image);
            return image is null
                ? throw new ImageFormatException($"row {row.Position}", $"has no image in column \"{_input}\"", "filter such rows out first")
                : Segmenter.Predict(image);
        };
    }

    private sealed record Settings(string Output, string Input, string Model, SegmenterOptions Options);
}

/// <summary>Scores images with an exported model. See <c>ml.Transforms.ApplySegmentationModel</c>.</summary>
public sealed class ApplySegmentationModelEstimator : RowEstimator<ApplySegmentationModelTransformer>
{
    internal ApplySegmentationModelEstimator(ApplySegmentationModelTransformer transformer)
        : base(transformer)
    {
    }
}
