using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Images;

namespace SegML.Scoring;

/// <summary>
/// The tensors of one call, kept for the next: input at one network size, and the output that came of it. Of native
/// memory, so that the garbage collector neither moves nor counts it. One thread at a time.
/// </summary>
internal sealed class ScoringBuffers(int width, int height) : IDisposable
{
    private static readonly string[] InputNames = [Segmenter.InputName];
    private static readonly string[] OutputNames = [Segmenter.OutputName];

    private readonly OrtValue[] _inputs = [OrtValue.CreateAllocatedTensorValue(
        OrtAllocator.DefaultInstance, TensorElementType.Float, [1, 3, height, width])];
    private OrtValue[]? _outputs;
    private RgbaImage? _resized;

    public int Width => width;

    public int Height => height;

    /// <summary>An image of the network's size to resize into.</summary>
    public RgbaImage Resized => _resized ??= new RgbaImage(width, height);

    /// <summary>What to fill before <see cref="Run"/>: 3 * Height * Width values.</summary>
    public Span<float> Input => _inputs[0].GetTensorMutableDataAsSpan<float>();

    /// <summary>The logits of the last <see cref="Run"/>, [C, H, W].</summary>
    public ReadOnlySpan<float> Logits => _outputs![0].GetTensorDataAsSpan<float>();

    /// <summary>C, H and W of <see cref="Logits"/>.</summary>
    public (int Classes, int Height, int Width) LogitsSize { get; private set; }

    public void Run(InferenceSession session, RunOptions options)
    {
        if (_outputs is not null)
        {
            session.Run(options, InputNames, _inputs, OutputNames, _outputs);
            return;
        }
        // The first run at a size tells the output's size; its output then serves all later runs.
        _outputs = [.. session.Run(options, InputNames, _inputs, OutputNames)];
        long[] shape = _outputs[0].GetTensorTypeAndShape().Shape;
        LogitsSize = ((int)shape[1], (int)shape[2], (int)shape[3]);
    }

    public void Dispose()
    {
        _inputs[0].Dispose();
        _outputs?[0].Dispose();
        _resized?.Dispose();
    }
}
