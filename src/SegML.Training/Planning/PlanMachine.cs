using SegML.Scoring;
using SegML.Training.Networks;
using TorchSharp;

namespace SegML.Training.Planning;

/// <summary>What training will run on.</summary>
/// <param name="Cores">Processor cores, at least 1.</param>
/// <param name="MemoryBytes">Memory that training may use: the GPU's where there is one, else the process's.</param>
/// <param name="HasGpu">Whether the network is trained on a GPU.</param>
public sealed record PlanMachine(int Cores, long MemoryBytes, bool HasGpu)
{
    // TorchSharp does not tell a GPU's memory; 8 GB is what most that are used for training have at least.
    private const long GpuBytes = 8L << 30;

    /// <summary>This machine.</summary>
    /// <param name="device">Where the network will be trained.</param>
    /// <exception cref="DeviceException">CUDA was asked for and is not there.</exception>
    public static PlanMachine Here(ComputeDevice device)
    {
        bool gpu = TorchDevice.Choose(device).type == DeviceType.CUDA;
        return new PlanMachine(Environment.ProcessorCount, gpu ? GpuBytes : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, gpu);
    }
}
