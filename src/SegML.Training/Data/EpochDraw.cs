using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>A sample of a batch.</summary>
/// <param name="Index">Which sample.</param>
/// <param name="Pass">
/// Passes over all samples before, counted from 0: the epoch, where an epoch is a pass. With the seed and the index it decides how the sample is changed.
/// </param>
internal readonly record struct EpochDraw(int Index, int Pass)
{
    /// <summary>
    /// The samples of an epoch in the order in which its batches take them, at least as many as the batches hold. An epoch of a set number of
    /// iterations goes on where the one before stopped, so that every sample is used as often as any other.
    /// </summary>
    /// <param name="training">The seed, and the iterations of an epoch.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="batchSize">Samples of a batch.</param>
    public static EpochDraw[] Of(TrainingOptions training, int epoch, int samples, int batchSize)
    {
        if (training.IterationsPerEpoch == 0)
        {
            return [.. SampleRandom.Order(training.Seed, epoch, samples).Select(index => new EpochDraw(index, epoch))];
        }
        var draws = new EpochDraw[training.IterationsPerEpoch * batchSize];
        long first = (long)epoch * draws.Length;
        int[] order = [];
        for (int i = 0; i < draws.Length; i++)
        {
            int pass = (int)((first + i) / samples), place = (int)((first + i) % samples);
            if (i == 0 || place == 0)
            {
                order = SampleRandom.Order(training.Seed, pass, samples);
            }
            draws[i] = new EpochDraw(order[place], pass);
        }
        return draws;
    }
}
