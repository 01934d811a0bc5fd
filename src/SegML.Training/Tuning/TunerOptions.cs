using SegML.Scoring;

namespace SegML.Training.Tuning;

/// <summary>How a search is carried out, as opposed to what is searched, which the pipeline's tune part says.</summary>
public sealed record TunerOptions
{
    /// <summary>Whether to go on with the search that the folder holds. Without one it starts anew. Default false.</summary>
    public bool Resume { get; init; }

    /// <summary>Where networks are trained. Default <see cref="ComputeDevice.Auto"/>.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>
    /// Trials at a time, at least 1. More than one need <see cref="Launch"/>: in one process they would share random numbers. Default 1.
    /// </summary>
    public int Jobs { get; init; } = 1;

    /// <summary>
    /// Brings a trial to a number of epochs in a process of its own, by calling <see cref="Tuner.Train"/> there, and throws the
    /// <see cref="SegMLException"/> that it ended with. Null: in this process. Default null.
    /// </summary>
    public Func<TrialOrder, CancellationToken, Task>? Launch { get; init; }
}

/// <summary>What a trial's process is to do.</summary>
/// <param name="Folder">The search's folder.</param>
/// <param name="Trial">Which trial, from 0.</param>
/// <param name="Epochs">Up to which epoch, from 1.</param>
/// <param name="Jobs">How many trials share the machine.</param>
/// <param name="Device">Where the network is trained.</param>
public sealed record TrialOrder(string Folder, int Trial, int Epochs, int Jobs, ComputeDevice Device);
