namespace SegML.Scoring;

/// <summary>How a <see cref="Segmenter"/> computes. None of it changes what it computes.</summary>
public sealed record SegmenterOptions
{
    /// <summary>Where to compute. Default <see cref="ComputeDevice.Auto"/>.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>Which CUDA device, counted from 0. Default 0.</summary>
    public int GpuDeviceId { get; init; }

    /// <summary>CPU threads that one image is spread over; 0: ONNX Runtime's choice, one a physical core. Default 0.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// How many images at most go through the network at once, where several are given; at least 1. Default 1, because
    /// batches gain nothing on a CPU; a GPU is kept busy by more.
    /// </summary>
    public int BatchSize { get; init; } = 1;
}
