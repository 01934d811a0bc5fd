using SegML.Masks;

namespace SegML.Training.Data;

/// <summary>How often each sample is drawn so that rare classes come more often: repeat factor sampling (Gupta et al. 2019, LVIS).</summary>
internal static class RepeatFactors
{
    /// <summary>Counts in how many samples each class is, and makes the factors.</summary>
    /// <param name="threshold">The share of samples below which a class is rare; 0: none is.</param>
    /// <param name="cache">The samples.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>A factor a sample, at least 1; null where all are 1.</returns>
    public static double[]? Of(double threshold, SampleCache cache, ClassSet classes)
    {
        if (threshold == 0)
        {
            return null;
        }
        var present = new bool[cache.Count][];
        EverySample.Visit(cache.Count, i => present[i] = PresentIn(cache.Get(i).Ids, classes.Count), CancellationToken.None);
        double[] factors = Of(threshold, present);
        return factors.Any(f => f > 1) ? factors : null;
    }

    /// <summary>Makes the factors: sqrt(threshold / share) of a sample's rarest class, at least 1.</summary>
    /// <param name="threshold">The share of samples below which a class is rare.</param>
    /// <param name="present">For each sample which classes it has.</param>
    public static double[] Of(double threshold, IReadOnlyList<bool[]> present)
    {
        double[] byClass = [.. Enumerable.Range(0, present[0].Length).Select(c =>
            Math.Max(1, Math.Sqrt(threshold * present.Count / Math.Max(1, present.Count(p => p[c])))))];
        return [.. present.Select(p => byClass.Where((_, c) => p[c]).DefaultIfEmpty(1).Max())];
    }

    private static bool[] PresentIn(ReadOnlySpan<byte> ids, int classes)
    {
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        foreach (byte id in ids)
        {
            seen[id] = true;
        }
        return seen[..classes].ToArray();
    }
}
