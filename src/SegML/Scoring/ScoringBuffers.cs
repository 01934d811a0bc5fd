using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace SegML.Scoring;

/// <summary>
/// The tensors of one call, kept for the next: input of one batch size and one network size, and the output that came of
/// it. Of native memory, so that the garbage collector neither moves nor counts it. One thread at a time.
/// </summary>
/// <param name="images">N, the batch size.</param>
/// <param name="channels">C, the network's input channels.</param>
/// <param name="width">The network's input width.</param>
/// <param name="height">The network's input height.</param>
internal sealed class ScoringBuffers(int images, int channels, int width, int height) : IDisposable
{
    private static readonly string[] InputNames = [Segmenter.InputName];
    private static readonly string[] OutputNames = [Segmenter.OutputName];

    private readonly OrtValue[] _inputs = [OrtValue.CreateAllocatedTensorValue(
        OrtAllocator.DefaultInstance, TensorElementType.Float, [images, channels, height, width])];
    private OrtValue[]? _outputs;
    private long[] _shape = [];

    public int Images => images;

    public int Width => width;

    public int Height => height;

    /// <summary>The memory that its tensors take.</summary>
    public long Bytes => sizeof(float) * ((long)images * channels * height * width + _shape.Aggregate(_shape.Length == 0 ? 0L : 1L, (all, side) => all * side));

    /// <summary>The shape of the last <see cref="Run"/>'s logits, [N, C, H, W].</summary>
    public ReadOnlySpan<long> LogitsShape => _shape;

    /// <summary>What to fill before <see cref="Run"/> for an image of the batch: C * Height * Width values.</summary>
    public Span<float> Input(int image) =>
        _inputs[0].GetTensorMutableDataAsSpan<float>().Slice(image * channels * height * width, channels * height * width);

    /// <summary>The last <see cref="Run"/>'s logits of all images, to be looked through before they are read.</summary>
    public Span<float> AllLogits => _outputs![0].GetTensorMutableDataAsSpan<float>();

    /// <summary>The last <see cref="Run"/>'s logits for an image of the batch; good until the next.</summary>
    /// <param name="image">Its place in the batch.</param>
    /// <param name="areProbabilities">Whether the network gives probabilities.</param>
    public LogitsView Logits(int image, bool areProbabilities)
    {
        (int classes, int logitsHeight, int logitsWidth) = ((int)_shape[1], (int)_shape[2], (int)_shape[3]);
        int values = classes * logitsHeight * logitsWidth;
        return new LogitsView(_outputs![0].GetTensorDataAsSpan<float>().Slice(image * values, values), classes, logitsHeight, logitsWidth, areProbabilities);
    }

    public void Run(InferenceSession session, RunOptions options, Tiles.ContextTensors? context)
    {
        IReadOnlyCollection<string> inputNames = context is null ? InputNames : [.. InputNames, .. context.Names];
        IReadOnlyCollection<string> outputNames = context is null ? OutputNames : [context.Output];
        IReadOnlyCollection<OrtValue> inputs = context is null ? _inputs : [.. _inputs, .. context.Values];
        if (_outputs is not null)
        {
            session.Run(options, inputNames, inputs, outputNames, _outputs);
            return;
        }
        // The first run at a size tells the output's size; its output then serves all later runs.
        _outputs = [.. session.Run(options, inputNames, inputs, outputNames)];
        _shape = _outputs[0].GetTensorTypeAndShape().Shape;
    }

    public void Dispose()
    {
        _inputs[0].Dispose();
        _outputs?[0].Dispose();
    }
}
