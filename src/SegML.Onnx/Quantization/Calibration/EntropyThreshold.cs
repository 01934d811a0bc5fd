namespace SegML.Onnx.Quantization.Calibration;

/// <summary>
/// Finds where to cut a histogram of magnitudes off so that its quantized form loses the least information. After Migacz 2017, "8-bit
/// inference with TensorRT".
/// </summary>
internal static class EntropyThreshold
{
    // Stands for the probability of a bin that the quantized form has nothing in, so that the divergence stays finite.
    private const double Nothing = 1e-6;

    /// <summary>The number of bins to keep, at least <paramref name="levels"/>; all of them when the histogram is empty.</summary>
    /// <param name="counts">The histogram.</param>
    /// <param name="levels">How many codes the kept bins are shared out among.</param>
    public static int KeptBins(ReadOnlySpan<long> counts, int levels)
    {
        int best = counts.Length;
        double least = double.PositiveInfinity;
        long beyond = 0, total = 0;
        foreach (long count in counts)
        {
            total += count;
        }
        // From the widest to the narrowest: among equals the widest stays.
        for (int kept = counts.Length; kept >= levels && total > 0; kept--)
        {
            double divergence = Divergence(counts[..kept], beyond, levels, total);
            if (divergence < least)
            {
                (least, best) = (divergence, kept);
            }
            beyond += counts[kept - 1];
        }
        return best;
    }

    /// <summary>
    /// The Kullback-Leibler divergence of the quantized form from the values. The values that are cut off pile up in the last bin; the
    /// quantized form spreads what a code stands for evenly over its bins, empty ones left out, and does not know of the values cut off.
    /// </summary>
    private static double Divergence(ReadOnlySpan<long> kept, long beyond, int levels, long total)
    {
        double sum = 0, inside = total - beyond;
        if (inside == 0)
        {
            return double.PositiveInfinity;
        }
        for (int level = 0; level < levels; level++)
        {
            int from = (int)((long)level * kept.Length / levels), to = (int)((long)(level + 1) * kept.Length / levels), filled = 0;
            long content = 0;
            for (int bin = from; bin < to; bin++)
            {
                content += kept[bin];
                filled += kept[bin] > 0 ? 1 : 0;
            }
            double each = filled == 0 ? 0 : content / (filled * inside);
            for (int bin = from; bin < to; bin++)
            {
                double p = (kept[bin] + (bin == kept.Length - 1 ? beyond : 0)) / (double)total;
                if (p > 0)
                {
                    sum += p * Math.Log(p / (kept[bin] > 0 ? each : Nothing));
                }
            }
        }
        return sum;
    }
}
