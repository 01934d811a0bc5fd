using SegML.Scoring;

namespace SegML.Training.Planning;

/// <summary>What a plan may cost, and what it is made from.</summary>
public sealed record PlanOptions
{
    /// <summary>How long training may take on this machine, in minutes above 0, by estimate. Default 30.</summary>
    public double Minutes { get; init; } = 30;

    /// <summary>Where the network will be trained. Default <see cref="ComputeDevice.Auto"/>: a GPU where there is one.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>Most images that are read, evenly spread over the training splits, at least 1. Default 200.</summary>
    public int MaxImages { get; init; } = 200;

    /// <summary>What the training will run on. Null: this machine. Default null.</summary>
    public PlanMachine? Machine { get; init; }
}
