using SegML.Pipelines;

namespace SegML.Training.Tuning;

/// <summary>A stage of a search: a number of trials, the best of the stage before, and the epochs that they are trained to.</summary>
/// <param name="Trials">How many trials.</param>
/// <param name="Epochs">Their epochs in all, at the end of which there is a validation.</param>
public readonly record struct Rung(int Trials, int Epochs)
{
    /// <summary>
    /// The rungs of a search. With halving f the last has all epochs n, the one before n / f, and so on, as many as trials can be
    /// divided by f; each is rounded up to the next validation.
    /// </summary>
    /// <param name="tune">Trials and halving.</param>
    /// <param name="training">Epochs, and epochs between validations.</param>
    public static IReadOnlyList<Rung> Plan(TuneOptions tune, TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(tune);
        ArgumentNullException.ThrowIfNull(training);
        var rungs = new List<Rung>();
        int divisions = 0;
        for (int left = tune.Trials; tune.Halving > 1 && left >= tune.Halving; left /= tune.Halving)
        {
            divisions++;
        }
        int trials = tune.Trials;
        for (int d = divisions; d >= 0; d--)
        {
            double share = training.Epochs / Math.Pow(tune.Halving, d);
            int epochs = Math.Min(training.Epochs, (int)Math.Ceiling(share / training.ValidateEvery) * training.ValidateEvery);
            // Rounding may make two meet.
            if (rungs.Count == 0 || rungs[^1].Epochs < epochs)
            {
                rungs.Add(new Rung(trials, epochs));
            }
            trials = Math.Max(1, trials / Math.Max(2, tune.Halving));
        }
        return rungs;
    }
}
