namespace SegML.Benchmarks;

/// <summary>Figures that another program's bursts on the same machine do not move.</summary>
internal static class Statistics
{
    /// <summary>The median of sample by sample ratios: what slowed both sides of a pair cancels.</summary>
    public static double MedianRatio(IEnumerable<double> values, IEnumerable<double> of) => Median(values.Zip(of, (a, b) => a / b));

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
