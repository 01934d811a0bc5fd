using SegML.Scoring;

namespace SegML.Cluster.Jobs;

/// <summary>How a machine works chunks off.</summary>
public sealed record SegmentationJobsOptions
{
    /// <summary>Where fetched models are kept. Default: segml/models in the user's folder for local data.</summary>
    public string ModelFolder { get; init; } =
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "segml", "models");

    /// <summary>Where images are scored. Default <see cref="ComputeDevice.Auto"/>.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>Which CUDA device, from 0. Default 0.</summary>
    public int GpuDeviceId { get; init; }

    /// <summary>Chunks that this process scores at the same time, 1 to 256. Default: one a core.</summary>
    public int ChunksAtATime { get; init; } = Environment.ProcessorCount;

    /// <summary>Threads of each; 0: the cores divided by <see cref="ChunksAtATime"/>. Default 0.</summary>
    public int Threads { get; init; }
}
