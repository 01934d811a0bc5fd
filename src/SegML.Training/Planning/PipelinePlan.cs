using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>A planned pipeline, and why it is as it is.</summary>
public sealed record PipelinePlan
{
    /// <summary>The pipeline, ready to train. What the planner does not decide is as it was given.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>The planner's choices, in the order in which they were made.</summary>
    public required IReadOnlyList<PlanDecision> Decisions { get; init; }

    /// <summary>What the data set is like.</summary>
    public required DataFingerprint Data { get; init; }

    /// <summary>What the training was planned for.</summary>
    public required PlanMachine Machine { get; init; }

    /// <summary>How long the training takes on that machine, by estimate: minutes, right to a factor of two where nothing else uses it.</summary>
    public required double Minutes { get; init; }

    /// <summary>Updates of the weights in the whole run.</summary>
    public required int Steps { get; init; }
}
