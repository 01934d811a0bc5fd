using SegML.Pipelines;

namespace SegML.Training.Losses;

/// <summary>How much each class counts in the loss, from its share of the training pixels.</summary>
public static class ClassWeights
{
    /// <summary>Computes the weights.</summary>
    /// <param name="pixels">Training pixels by class id, the ignored not counted.</param>
    /// <param name="weighting">The rule.</param>
    /// <returns>A weight a class, with a mean of 1 over the classes that occur; a class that does not occur gets 1.</returns>
    public static float[] From(IReadOnlyList<long> pixels, ClassWeighting weighting)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        double total = pixels.Sum();
        double[] raw = [.. pixels.Select(p => p == 0 ? 0 : Weight(p / total, weighting))];
        double mean = raw.Where(w => w > 0).DefaultIfEmpty(1).Average();
        return [.. raw.Select(w => w > 0 ? (float)(w / mean) : 1f)];
    }

    private static double Weight(double share, ClassWeighting weighting) => weighting switch
    {
        ClassWeighting.None => 1,
        ClassWeighting.InverseSquareRoot => 1 / Math.Sqrt(share),
        ClassWeighting.InverseLog => 1 / Math.Log(1.10 + share),
        _ => throw new ArgumentOutOfRangeException(nameof(weighting), weighting, "is not a class weighting"),
    };
}
