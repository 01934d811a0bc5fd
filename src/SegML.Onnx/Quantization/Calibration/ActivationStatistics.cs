using System.Numerics;
using System.Runtime.InteropServices;

namespace SegML.Onnx.Quantization.Calibration;

/// <summary>What the feeds show of one activation. Of the same size however many values go through it.</summary>
internal sealed class ActivationStatistics(CalibrationMethod method, double percentile)
{
    private double _min = double.PositiveInfinity, _max = double.NegativeInfinity, _minSum, _maxSum;
    private int _feeds;
    private Histogram? _histogram;

    /// <summary>Takes a feed's values into account, in the first pass over the feeds.</summary>
    /// <returns>False when one is NaN or infinite.</returns>
    public bool AddRange(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
        {
            return true;
        }
        (float min, float max, bool finite) = Extremes(values);
        _min = Math.Min(_min, min);
        _max = Math.Max(_max, max);
        _minSum += min;
        _maxSum += max;
        _feeds++;
        return finite;
    }

    /// <summary>Takes a feed's values into account, in the second pass, which percentile and entropy need.</summary>
    public void AddHistogram(ReadOnlySpan<float> values)
    {
        if (method == CalibrationMethod.Percentile)
        {
            (_histogram ??= new Histogram(_min, _max)).Add(values);
        }
        else
        {
            (_histogram ??= new Histogram(0, Math.Max(-_min, _max))).AddMagnitudes(values);
        }
    }

    /// <summary>The range to quantize over; zero to zero when nothing was seen.</summary>
    public ValueRange Range() => _feeds == 0 ? default : method switch
    {
        CalibrationMethod.MinMax => new ValueRange(_min, _max),
        CalibrationMethod.AveragedMinMax => new ValueRange(_minSum / _feeds, _maxSum / _feeds),
        CalibrationMethod.Percentile => _histogram!.Central(percentile),
        _ => Entropy(),
    };

    // Values of one sign have all 256 codes for their magnitudes, others half of them.
    private ValueRange Entropy()
    {
        double threshold = _histogram!.Edge(EntropyThreshold.KeptBins(_histogram.Counts, _min >= 0 || _max <= 0 ? 256 : 128));
        return new ValueRange(Math.Max(_min, -threshold), Math.Min(_max, threshold));
    }

    private static (float Min, float Max, bool Finite) Extremes(ReadOnlySpan<float> values)
    {
        float min = values[0], max = values[0], nothing = 0;
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> mins = new(min), maxs = new(max), nothings = Vector<float>.Zero;
        foreach (Vector<float> vector in vectors)
        {
            mins = Vector.Min(mins, vector);
            maxs = Vector.Max(maxs, vector);
            // Zero, but for values that are not finite.
            nothings += vector * 0f;
        }
        for (int i = 0; i < Vector<float>.Count; i++)
        {
            min = Math.Min(min, mins[i]);
            max = Math.Max(max, maxs[i]);
            nothing += nothings[i];
        }
        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            min = Math.Min(min, value);
            max = Math.Max(max, value);
            nothing += value * 0f;
        }
        return (min, max, nothing == 0);
    }
}
