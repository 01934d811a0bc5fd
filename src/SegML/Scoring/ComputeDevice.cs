namespace SegML.Scoring;

/// <summary>Where a network is computed.</summary>
public enum ComputeDevice
{
    /// <summary>CUDA where there is a usable device, else the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>CUDA; an error where there is none.</summary>
    Cuda,
}
