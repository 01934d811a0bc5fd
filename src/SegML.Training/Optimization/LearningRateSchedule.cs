using SegML.Pipelines;

namespace SegML.Training.Optimization;

/// <summary>The learning rate by step: a linear rise over the warm-up, then what <see cref="ScheduleOptions"/> say.</summary>
/// <param name="Options">The course after the warm-up.</param>
/// <param name="Peak">The learning rate at the end of the warm-up.</param>
/// <param name="WarmUp">Steps of the warm-up; at most a tenth of the run is used.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="EpochSteps">Steps of an epoch.</param>
internal sealed record LearningRateSchedule(ScheduleOptions Options, double Peak, int WarmUp, int Epochs, int EpochSteps)
{
    /// <summary>Steps of the whole run.</summary>
    public int Steps => Epochs * EpochSteps;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">Counted from 0.</param>
    public double At(int step)
    {
        if (Options.Kind == ScheduleKind.OneCycle)
        {
            return Peak * OneCycle(step);
        }
        int warmUp = Math.Min(WarmUp, Steps / 10);
        return step < warmUp ? Peak * (step + 1) / warmUp : Peak * Fall(step, (double)(step - warmUp) / Math.Max(1, Steps - warmUp));
    }

    /// <summary>The share of the peak after the warm-up.</summary>
    /// <param name="step">Of the whole run, from 0.</param>
    /// <param name="done">How much of what follows the warm-up is done, 0 to below 1.</param>
    private double Fall(int step, double done) => Options.Kind switch
    {
        ScheduleKind.Poly => Between(Options.End, 1, Math.Pow(Math.Max(0, 1 - done), Options.Power)),
        ScheduleKind.Cosine => Between(1, Options.End, HalfCosine(done)),
        ScheduleKind.Step => Math.Pow(Options.StepFactor, step / EpochSteps / Options.StepEpochs),
        _ => 1,
    };

    // PyTorch's OneCycleLR: the peak is at the last step of the rise, the end at the last of all.
    private double OneCycle(int step)
    {
        double top = Math.Max(0, Options.RiseShare * Steps - 1), last = Steps - 1;
        return step < top
            ? Between(Options.Start, 1, HalfCosine(step / top))
            : Between(1, Options.End, HalfCosine(last > top ? (step - top) / (last - top) : 0));
    }

    private static double Between(double from, double to, double share) => from + (to - from) * share;

    private static double HalfCosine(double share) => (1 - Math.Cos(Math.PI * share)) / 2;
}
