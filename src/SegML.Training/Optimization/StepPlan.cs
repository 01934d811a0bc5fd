namespace SegML.Training.Optimization;

/// <summary>Which iterations make which step. A step takes some iterations of one epoch, its last what is left of it.</summary>
/// <param name="EpochIterations">Iterations of an epoch.</param>
/// <param name="Accumulate">Iterations of a step.</param>
internal readonly record struct StepPlan(int EpochIterations, int Accumulate)
{
    /// <summary>Steps of an epoch.</summary>
    public int EpochSteps => (EpochIterations + Accumulate - 1) / Accumulate;

    /// <summary>The step, from 0, that an iteration, from 0, is part of.</summary>
    public int StepOf(int iteration) => iteration / EpochIterations * EpochSteps + iteration % EpochIterations / Accumulate;

    /// <summary>Iterations of the step that an iteration is part of.</summary>
    public int SizeAt(int iteration)
    {
        int first = iteration % EpochIterations / Accumulate * Accumulate;
        return Math.Min(Accumulate, EpochIterations - first);
    }

    /// <summary>Whether an iteration is the last of its step.</summary>
    public bool Ends(int iteration) => StepOf(iteration) != StepOf(iteration + 1);
}
