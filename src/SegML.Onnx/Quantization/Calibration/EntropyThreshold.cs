namespace SegML.Onnx.Quantization.Calibration;

/// <summary>
/// Finds where to cut a histogram of magnitudes off so that its quantized form loses the least information. After Migacz 2017, "8-bit
/// inference with TensorRT". Among the thresholds whose cutting adds no more noise than the widest range's rounding.
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
        // The divergence counts values and not how far they are cut: without a limit it takes the few large values of some channels, whose power the next layer
        // sees, for the price of finer small ones (14 dB on MobileNetV2, whose depthwise convolutions have such).
        double allowed = total * Math.Pow((double)counts.Length / levels, 2) / 12;
        var cut = new CutNoise();
        // From the widest to the narrowest: among equals the widest stays.
        for (int kept = counts.Length; kept >= levels && total > 0 && cut.At(kept) <= allowed; kept--)
        {
            cut.Add(counts[kept - 1], kept - 0.5);
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

    /// <summary>The sum of squared distances by which values beyond a threshold are cut, in bins.</summary>
    private struct CutNoise
    {
        private double _count, _sum, _squares;

        public void Add(long count, double place)
        {
            _count += count;
            _sum += count * place;
            _squares += count * place * place;
        }

        public readonly double At(double threshold) => _squares - 2 * threshold * _sum + threshold * threshold * _count;
    }
}
