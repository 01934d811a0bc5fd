using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>
/// Scores images with an exported model, a mask of the image's own size each, and, where asked for, probabilities and area
/// shares. See <c>ml.Transforms.ApplySegmentationModel</c>. A thin layer on <see cref="Scoring.Segmenter"/>; saving it saves the
/// model. Thread-safe: any number of prediction engines and cursors share one.
/// </summary>
/// <remarks>
/// The device is not saved: a loaded transformer computes where the <see cref="MLContext"/> that loads it says (GpuDeviceId and
/// FallbackToCpu, the CPU unless set), so that what was saved beside a GPU loads on a machine without one.
/// </remarks>
public sealed class ApplySegmentationModelTransformer : RowTransformer, IDisposable
{
    internal const string Kind = "ApplySegmentationModel";

    private readonly Settings _settings;
    private readonly SharedSegmenter _segmenter;

    /// <param name="environment">Is told where it scores on the CPU although CUDA was to be tried.</param>
    /// <param name="settings">What to score, and how.</param>
    /// <param name="model">The ONNX file's content.</param>
    internal ApplySegmentationModelTransformer(IHostEnvironment environment, Settings settings, byte[] model)
    {
        _settings = settings;
        _segmenter = new SharedSegmenter(model, settings.Model, settings.Options);
        if (_segmenter.Current.Fallback is { } fallback)
        {
            MLNetInternals.Warn(environment, Kind, $"{settings.Model} is {fallback}");
        }
        Inputs = [InputColumn.ImageOrFile(settings.Input)];
    }

    /// <summary>
    /// What scores: thread-safe, also usable without ML.NET. It is disposed with the transformer; afterwards this gives a new one.
    /// </summary>
    public Segmenter Segmenter => _segmenter.Current;

    private protected override string Name => Kind;

    private protected override IReadOnlyList<InputColumn> Inputs { get; }

    private protected override IReadOnlyList<InputColumn> InputsIn(DataViewSchema schema) =>
        PlanesColumn.SizeOf(schema, _settings.Input) is { } size ? [.. Inputs, size] : Inputs;

    // An image that may be scored in tiles is not resized ahead.
    private protected override int RowsAhead => _settings.Options.Tiles is null ? _settings.Options.BatchSize : 1;

    /// <summary>
    /// Frees the session and its buffers, as soon as the predictions under way are done. Whoever uses the transformer afterwards
    /// opens them again: a PredictionEngine disposes its transformer, which others may share.
    /// </summary>
    public void Dispose() => _segmenter.Close();

    internal static ApplySegmentationModelTransformer FromSaved(SavedTransformer saved, IHostEnvironment environment)
    {
        Settings s = JsonSerializer.Deserialize<Settings>(saved.Settings, PipelineJson.Options)!;
        return new ApplySegmentationModelTransformer(environment, s with { Options = EnvironmentDevice.Set(s.Options, environment) }, saved.Payload ?? []);
    }

    /// <summary>The shape of scored data, for a trainer whose model does not exist yet.</summary>
    internal static SchemaShape AppendTo(SchemaShape input, string outputColumnName) =>
        Append(input, [new(outputColumnName, SegmentationMaskDataViewType.Instance, SlotNames.Of([""]))]);

    internal override SavedTransformer ToSaved()
    {
        var defaults = new SegmenterOptions();
        Settings saved = _settings with
        {
            Options = _settings.Options with { Device = defaults.Device, GpuDeviceId = defaults.GpuDeviceId },
        };
        return new(Kind, JsonSerializer.Serialize(saved, PipelineJson.Options), _segmenter.Model);
    }

    private protected override DataViewSchema.DetachedColumn[] Outputs(IReadOnlyList<DataViewType> inputTypes)
    {
        IReadOnlyList<string> names = _segmenter.Info.Classes.Names;
        var columns = new List<DataViewSchema.DetachedColumn>
        {
            new(_settings.Output, SegmentationMaskDataViewType.Instance, SlotNames.Of(names)),
        };
        if (_settings.Score is { } score)
        {
            columns.Add(new(score, new VectorDataViewType(NumberDataViewType.Single), null));
        }
        if (_settings.Shares is { } shares)
        {
            columns.Add(new(shares, new VectorDataViewType(NumberDataViewType.Single, names.Count), SlotNames.Of(names)));
        }
        return [.. columns];
    }

    private protected override Delegate[] CreateGetters(
        DataViewRow row, IReadOnlyList<DataViewSchema.Column> inputs, IReadOnlyList<bool> active)
    {
        int score = _settings.Score is null ? -1 : 1, shares = _settings.Shares is null ? -1 : score < 0 ? 1 : 2;
        var wanted = new WantedColumns(Scores: score >= 0 && active[score], Shares: shares >= 0 && active[shares]);
        RowPredictions predictions = row is LookAheadCursor ahead
            ? new BatchedPredictions(_segmenter, ahead, inputs[0], wanted)
            : new RowPredictions(_segmenter, row, inputs[0], wanted);
        var getters = new Delegate[active.Count];
        getters[0] = (ValueGetter<SegmentationMask>)((ref SegmentationMask value) => value = predictions.Current.TakeMask());
        if (score >= 0)
        {
            getters[score] = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(predictions.Current.Scores!.Values, ref value));
        }
        if (shares >= 0)
        {
            getters[shares] = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(predictions.Current.Shares, ref value));
        }
        return getters;
    }

    private static void Copy(ReadOnlySpan<float> from, ref VBuffer<float> to)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref to, from.Length);
        from.CopyTo(editor.Values);
        to = editor.Commit();
    }

    /// <summary>What is saved beside the model, in JSON.</summary>
    /// <param name="Output">The column of masks.</param>
    /// <param name="Input">The column of images.</param>
    /// <param name="Model">What errors call the model.</param>
    /// <param name="Options">How it is scored.</param>
    /// <param name="Score">The column of probabilities, or null.</param>
    /// <param name="Shares">The column of area shares, or null.</param>
    internal sealed record Settings(
        string Output, string Input, string Model, SegmenterOptions Options, string? Score = null, string? Shares = null);
}
