using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Benchmarks;

/// <summary>
/// The ceiling: what someone writes who knows the model, its size and ONNX Runtime well, and needs nothing else. Decoder,
/// resizer and enlargement are SegML's own, so that the result is the same; normalisation and argmax are written out here, and
/// all memory is allocated once.
/// </summary>
internal sealed class HandWrittenLoop : Contender
{
    private readonly IReadOnlyList<string> _files;
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly OrtValue[] _input, _output;
    private readonly RgbaImage _resized;
    private readonly float[] _scale = new float[3], _offset = new float[3];
    private readonly int _width, _height, _logitsWidth, _logitsHeight, _classes;
    private readonly byte[] _small;
    private byte[] _mask = [];

    public HandWrittenLoop(IReadOnlyList<string> files, byte[] model, InputOptions input, int width, int height, int threads)
        : base("hand-written loop")
    {
        _files = files;
        (_width, _height) = (width, height);
        for (int c = 0; c < 3; c++)
        {
            _scale[c] = 1 / (255 * input.Std[c]);
            _offset[c] = -input.Mean[c] / input.Std[c];
        }
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, IntraOpNumThreads = threads };
        _session = new InferenceSession(model, options);
        _input = [OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, TensorElementType.Float, [1, 3, height, width])];
        _output = [.. _session.Run(_options, Inputs, _input, Outputs)];
        LogitsShape = [.. _output[0].GetTensorTypeAndShape().Shape.Select(d => (int)d)];
        (_classes, _logitsHeight, _logitsWidth) = (LogitsShape[1], LogitsShape[2], LogitsShape[3]);
        _small = new byte[_logitsHeight * _logitsWidth];
        _resized = new RgbaImage(width, height);
    }

    private static string[] Inputs => ["image"];

    private static string[] Outputs => ["logits"];

    /// <summary>[1, C, H, W] of the output.</summary>
    public int[] LogitsShape { get; }

    public override ReadOnlySpan<byte> Score(int file)
    {
        ReducedImage decoded = ImageFile.ReadReduced(_files[file], (_, _) => (_width, _height));
        using var pixels = (RgbaImage)decoded.Pixels;
        RgbaImage image = pixels;
        if (pixels.Width != _width || pixels.Height != _height)
        {
            ImageResizer.Resize(pixels, _resized);
            image = _resized;
        }
        Normalise(MemoryMarshal.Cast<byte, uint>(image.Pixels), _input[0].GetTensorMutableDataAsSpan<float>());
        double start = ThreadClock.Milliseconds();
        _session.Run(_options, Inputs, _input, Outputs, _output);
        RunProbe.Spent += ThreadClock.Milliseconds() - start;
        ReadOnlySpan<float> logits = _output[0].GetTensorDataAsSpan<float>();
        if (_logitsWidth == decoded.Width && _logitsHeight == decoded.Height)
        {
            ArgMax(logits);
            return _small;
        }
        if (_mask.Length != decoded.Width * decoded.Height)
        {
            _mask = new byte[decoded.Width * decoded.Height];
        }
        Logits.ArgMax(logits, _classes, _logitsHeight, _logitsWidth, _mask, decoded.Height, decoded.Width);
        return _mask;
    }

    public override void Dispose()
    {
        _input[0].Dispose();
        _output[0].Dispose();
        _resized.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private void Normalise(ReadOnlySpan<uint> rgba, Span<float> planes)
    {
        Span<float> red = planes[..rgba.Length], green = planes.Slice(rgba.Length, rgba.Length), blue = planes[(2 * rgba.Length)..];
        var low = new Vector<uint>(0xFF);
        int i = 0, step = Vector<uint>.Count;
        for (; i <= rgba.Length - step; i += step)
        {
            var pixels = new Vector<uint>(rgba[i..]);
            (Vector.ConvertToSingle((pixels & low).As<uint, int>()) * _scale[0] + new Vector<float>(_offset[0])).CopyTo(red[i..]);
            (Vector.ConvertToSingle(((pixels >>> 8) & low).As<uint, int>()) * _scale[1] + new Vector<float>(_offset[1])).CopyTo(green[i..]);
            (Vector.ConvertToSingle(((pixels >>> 16) & low).As<uint, int>()) * _scale[2] + new Vector<float>(_offset[2])).CopyTo(blue[i..]);
        }
        for (; i < rgba.Length; i++)
        {
            red[i] = (byte)rgba[i] * _scale[0] + _offset[0];
            green[i] = (byte)(rgba[i] >> 8) * _scale[1] + _offset[1];
            blue[i] = (byte)(rgba[i] >> 16) * _scale[2] + _offset[2];
        }
    }

    private void ArgMax(ReadOnlySpan<float> logits)
    {
        int pixels = _small.Length, i = 0, step = Vector<float>.Count;
        for (; i <= pixels - 4 * step; i += 4 * step)
        {
            Vector<short> low = Vector.Narrow(Best(logits[i..], pixels), Best(logits[(i + step)..], pixels));
            Vector<short> high = Vector.Narrow(Best(logits[(i + 2 * step)..], pixels), Best(logits[(i + 3 * step)..], pixels));
            Vector.AsVectorByte(Vector.Narrow(low, high)).CopyTo(_small.AsSpan(i));
        }
        for (; i < pixels; i++)
        {
            int best = 0;
            for (int c = 1; c < _classes; c++)
            {
                best = logits[c * pixels + i] > logits[best * pixels + i] ? c : best;
            }
            _small[i] = (byte)best;
        }
    }

    private Vector<int> Best(ReadOnlySpan<float> logits, int pixels)
    {
        var best = new Vector<float>(logits);
        Vector<int> id = Vector<int>.Zero;
        for (int c = 1; c < _classes; c++)
        {
            var value = new Vector<float>(logits[(c * pixels)..]);
            Vector<int> greater = Vector.GreaterThan(value, best);
            best = Vector.Max(value, best);
            id = Vector.ConditionalSelect(greater, new Vector<int>(c), id);
        }
        return id;
    }
}
