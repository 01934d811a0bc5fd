using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Losses;

/// <summary>How much each class counts in the loss: from its share of the training pixels, or as given.</summary>
public static class ClassWeights
{
    /// <summary>Computes the weights, or takes those that are given.</summary>
    /// <param name="pixels">Training pixels by class id, the ignored not counted.</param>
    /// <param name="rule">The rule, or weights by class name.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>A weight a class.</returns>
    public static float[] From(IReadOnlyList<long> pixels, ClassWeightRule rule, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(classes);
        return rule.Weighting is { } weighting ? From(pixels, weighting) : [.. classes.Names.Select(name => (float)rule.Weights!.GetValueOrDefault(name, 1))];
    }

    /// <summary>Computes the weights.</summary>
    /// <param name="pixels">Training pixels by class id, the ignored not counted.</param>
    /// <param name="weighting">The rule.</param>
    /// <returns>
    /// A weight a class, with a mean of 1 over the classes that occur (of median frequency: 1 for the class in the middle); a class that
    /// does not occur gets 1.
    /// </returns>
    public static float[] From(IReadOnlyList<long> pixels, ClassWeighting weighting)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        double total = pixels.Sum();
        if (weighting == ClassWeighting.MedianFrequency)
        {
            double[] shares = [.. pixels.Where(p => p > 0).Select(p => p / total).Order()];
            double median = shares.Length == 0 ? 1 : (shares[(shares.Length - 1) / 2] + shares[shares.Length / 2]) / 2;
            return [.. pixels.Select(p => p > 0 ? (float)(median / (p / total)) : 1f)];
        }
        double[] raw = [.. pixels.Select(p => p == 0 ? 0 : Weight(p / total, weighting))];
        double mean = raw.Where(w => w > 0).DefaultIfEmpty(1).Average();
        return [.. raw.Select(w => w > 0 ? (float)(w / mean) : 1f)];
    }

    private static double Weight(double share, ClassWeighting weighting) => weighting switch
    {
        ClassWeighting.None => 1,
        ClassWeighting.InverseSquareRoot => 1 / Math.Sqrt(share),
        ClassWeighting.InverseLog => 1 / Math.Log(1.10 + share),
        // (1 - b) / (1 - b^n) for n of N pixels and b = (N - 1) / N, where N is so large that b^n is e^-(n / N).
        ClassWeighting.EffectiveNumber => 1 / (1 - Math.Exp(-share)),
        _ => throw new ArgumentOutOfRangeException(nameof(weighting), weighting, "is not a class weighting"),
    };
}
