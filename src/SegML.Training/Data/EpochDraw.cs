using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>A sample of a batch.</summary>
/// <param name="Index">Which sample.</param>
/// <param name="Pass">
/// Passes over all samples before, counted from 0: the epoch, where an epoch is a pass. With the seed and the index it decides how the sample is changed.
/// </param>
/// <param name="Copy">Which one of the draws of this sample in the pass, counted from 0: each is changed in its own way.</param>
internal readonly record struct EpochDraw(int Index, int Pass, int Copy = 0)
{
    /// <summary>What decides how the sample is changed.</summary>
    /// <param name="seed">The run's.</param>
    /// <param name="samples">How many samples there are.</param>
    public SampleRandom Random(int seed, int samples) => new(seed, Pass, Index + Copy * samples);

    /// <summary>
    /// The samples of an epoch in the order in which its batches take them, at least as many as the batches hold. An epoch of a set number of
    /// iterations goes on where the one before stopped, so that every sample is used as often as any other.
    /// </summary>
    /// <param name="training">The seed, and the iterations of an epoch.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="batchSize">Samples of a batch.</param>
    /// <param name="factors">How often each sample is drawn, relative to the others; null: all as often.</param>
    public static EpochDraw[] Of(TrainingOptions training, int epoch, int samples, int batchSize, double[]? factors = null)
    {
        if (training.IterationsPerEpoch == 0)
        {
            return OfPass(training.Seed, epoch, samples, factors);
        }
        var draws = new EpochDraw[training.IterationsPerEpoch * batchSize];
        long first = (long)epoch * draws.Length;
        EpochDraw[] order = [];
        for (int i = 0; i < draws.Length; i++)
        {
            int pass = (int)((first + i) / samples), place = (int)((first + i) % samples);
            if (i == 0 || place == 0)
            {
                order = OfPass(training.Seed, pass, samples, factors);
            }
            draws[i] = order[place];
        }
        return draws;
    }

    // As many draws as there are samples, in random order.
    private static EpochDraw[] OfPass(int seed, int pass, int samples, double[]? factors)
    {
        int[] order = SampleRandom.Order(seed, pass, samples);
        EpochDraw[] drawn = factors is null ? [.. Enumerable.Range(0, samples).Select(index => new EpochDraw(index, pass))] : Systematic(seed, pass, factors);
        return [.. order.Select(i => drawn[i])];
    }

    // Systematic sampling (Madow and Madow 1944): each sample comes as often as its factor says, up to one more or less, and all passes together exactly so.
    private static EpochDraw[] Systematic(int seed, int pass, double[] factors)
    {
        double sum = factors.Sum(), reached = 0, offset = new SampleRandom(seed, pass, -2).NextDouble();
        var draws = new EpochDraw[factors.Length];
        int drawn = 0;
        for (int i = 0; i < factors.Length; i++)
        {
            reached += factors[i] / sum * factors.Length;
            int end = i == factors.Length - 1 ? factors.Length : Math.Min(factors.Length, (int)Math.Floor(reached + offset));
            for (int copy = 0; drawn < end; drawn++, copy++)
            {
                draws[drawn] = new EpochDraw(i, pass, copy);
            }
        }
        return draws;
    }
}
