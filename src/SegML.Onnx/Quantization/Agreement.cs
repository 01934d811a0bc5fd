using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace SegML.Onnx.Quantization;

/// <summary>How far the outputs of two models agree, summed up over feeds.</summary>
internal sealed class Agreement
{
    private double _signal, _noise;
    private long _positions, _same;

    /// <summary>The share of positions with the same largest channel, 0 to 1; 1 when there are none.</summary>
    public double Share => _positions == 0 ? 1 : (double)_same / _positions;

    /// <summary>The power of the expected values over that of the difference, in decibels; infinite when there is no difference.</summary>
    public double SignalToNoise => _noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal / _noise);

    /// <summary>Whether no value of either model was NaN or infinite.</summary>
    public bool Finite => double.IsFinite(_signal) && double.IsFinite(_noise);

    /// <summary>0 for equal outputs: the share of positions that differ or, without positions, the noise's share of the power.</summary>
    public double Loss => _positions > 0 ? 1 - Share : _noise == 0 ? 0 : _noise / _signal;

    /// <summary>Compares a feed's outputs.</summary>
    public void Add(IEnumerable<OrtValue> expected, IEnumerable<OrtValue> actual)
    {
        foreach ((OrtValue first, OrtValue second) in expected.Zip(actual))
        {
            OrtTensorTypeAndShapeInfo shape = first.GetTensorTypeAndShape();
            if (shape.ElementDataType != TensorElementType.Float)
            {
                continue;
            }
            Add(first.GetTensorDataAsSpan<float>(), second.GetTensorDataAsSpan<float>(), shape.Shape);
        }
    }

    private void Add(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, ReadOnlySpan<long> shape)
    {
        ReadOnlySpan<Vector<float>> ours = MemoryMarshal.Cast<float, Vector<float>>(expected), theirs = MemoryMarshal.Cast<float, Vector<float>>(actual);
        for (int i = 0; i < ours.Length; i++)
        {
            Vector<float> difference = ours[i] - theirs[i];
            _signal += Vector.Dot(ours[i], ours[i]);
            _noise += Vector.Dot(difference, difference);
        }
        for (int i = ours.Length * Vector<float>.Count; i < expected.Length; i++)
        {
            double difference = (double)expected[i] - actual[i];
            _signal += (double)expected[i] * expected[i];
            _noise += difference * difference;
        }
        if (shape.Length >= 2 && shape[1] > 1)
        {
            int channels = (int)shape[1], area = expected.Length / (int)Math.Max(1, shape[0]) / channels;
            for (int start = 0; start < expected.Length; start += channels * area)
            {
                AddPositions(expected.Slice(start, channels * area), actual.Slice(start, channels * area), area);
            }
        }
    }

    private void AddPositions(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int area)
    {
        for (int position = 0; position < area; position++)
        {
            int ours = position, theirs = position;
            for (int i = position + area; i < expected.Length; i += area)
            {
                ours = expected[i] > expected[ours] ? i : ours;
                theirs = actual[i] > actual[theirs] ? i : theirs;
            }
            _same += ours == theirs ? 1 : 0;
        }
        _positions += area;
    }
}
