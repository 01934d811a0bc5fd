namespace SegML.Pipelines;

/// <summary>
/// When a run ends before its last epoch, by its validations' figure (training.monitor). The learning rate still falls as if all epochs were
/// to come, and the best validation's weights are kept as ever.
/// </summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>
    /// Epochs without an improvement, at least 1; the run ends at the first validation at which this many have passed, so a patience
    /// below <see cref="TrainingOptions.ValidateEvery"/> is one validation. Default 30.
    /// </summary>
    public int Patience { get; init; } = 30;

    /// <summary>
    /// An improvement is a figure that is better by more than this than at the last improvement, 0 to 1. Slow rises add up: they
    /// count once together they are enough. Default 0.001.
    /// </summary>
    public double MinImprovement { get; init; } = 0.001;

    /// <summary>Checks the ranges.</summary>
    /// <param name="source">The pipeline file's path, for errors.</param>
    /// <exception cref="PipelineFormatException">A value is out of its range.</exception>
    public void Validate(string source)
    {
        var range = new OptionRange(source, "training.earlyStopping");
        range.AtLeast(Patience, 1, "patience");
        range.Within(MinImprovement, 0, 1, "minImprovement");
    }
}
