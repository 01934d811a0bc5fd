namespace SegML.Onnx.Quantization.Calibration;

/// <summary>Counts values in bins of the same width over a range that is known beforehand.</summary>
internal sealed class Histogram(double min, double max)
{
    /// <summary>Enough that a bin is an eighth of a code's width.</summary>
    public const int Bins = 2048;

    private readonly float _offset = (float)min, _scale = (float)(max > min ? Bins / (max - min) : 0);

    public long[] Counts { get; } = new long[Bins];

    /// <summary>The lower edge of a bin, which is the upper edge of the one before.</summary>
    public double Edge(int bin) => min + (max - min) * bin / Bins;

    /// <summary>Counts values; ones outside of the range go into the bin at its end.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            Counts[Bin(value)]++;
        }
    }

    /// <summary>Counts magnitudes, without exact zeros.</summary>
    public void AddMagnitudes(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (value != 0)
            {
                Counts[Bin(Math.Abs(value))]++;
            }
        }
    }

    private int Bin(float value) => Math.Clamp((int)((value - _offset) * _scale), 0, Bins - 1);

    /// <summary>The range that holds a share of the values, with the same share cut off on either side.</summary>
    /// <param name="percent">Above 0, up to 100.</param>
    public ValueRange Central(double percent)
    {
        double cut = Counts.Sum() * (1 - percent / 100) / 2;
        int low = 0, high = Bins;
        for (double below = Counts[0]; below <= cut && low < Bins - 1; below += Counts[low])
        {
            low++;
        }
        for (double above = Counts[Bins - 1]; above <= cut && high > low + 1; above += Counts[high - 1])
        {
            high--;
        }
        return new ValueRange(Edge(low), Edge(high));
    }
}
