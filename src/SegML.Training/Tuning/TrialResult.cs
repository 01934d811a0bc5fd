using SegML.Training.Runs;

namespace SegML.Training.Tuning;

/// <summary>Where a trial stands.</summary>
public sealed record TrialResult
{
    /// <summary>Which trial, from 0.</summary>
    public required int Trial { get; init; }

    /// <summary>Its run's folder.</summary>
    public required string RunFolder { get; init; }

    /// <summary>The values that were drawn: "training.learningRate=0.0021".</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>Epochs of the last rung that it finished; 0 before the first.</summary>
    public int Epochs { get; init; }

    /// <summary>The mean IoU, 0-1, of the best validation up to there; NaN before the first.</summary>
    public double MeanIoU { get; init; } = double.NaN;

    /// <summary>The best validation's figure up to there (training.monitor); NaN before the first.</summary>
    public double Figure { get; init; } = double.NaN;

    /// <summary>The same as a number of which more is better.</summary>
    internal double Rank { get; init; } = double.NaN;

    /// <summary>The epoch of that validation; 0 before the first.</summary>
    public int BestEpoch { get; init; }

    /// <summary>Why it cannot go on; null: it can.</summary>
    public string? Fault { get; init; }
}

/// <summary>What a search gives.</summary>
public sealed record TuningResult
{
    /// <summary>All trials, the best first: more epochs before fewer, then by figure.</summary>
    public required IReadOnlyList<TrialResult> Trials { get; init; }

    /// <summary>The best trial's pipeline, as a file.</summary>
    public required string BestPipeline { get; init; }

    /// <summary>The table of trials, as a file.</summary>
    public required string Leaderboard { get; init; }
}
