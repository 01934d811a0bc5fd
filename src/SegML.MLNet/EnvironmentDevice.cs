using Microsoft.ML.Runtime;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>The device that an MLContext asks for, understood as the rest of ML.NET does: no GPU id means the CPU.</summary>
internal static class EnvironmentDevice
{
    /// <summary>Options with the environment's device, where they name none.</summary>
    public static SegmenterOptions Set(SegmenterOptions options, IHostEnvironment environment)
    {
        if (options.Device is not null)
        {
            return options;
        }
        (_, int? gpu, bool fallback) = MLNetInternals.SettingsOf(environment);
        return options with { Device = Of(gpu, fallback), GpuDeviceId = gpu ?? 0 };
    }

    /// <summary>The device of MLContext.GpuDeviceId and FallbackToCpu.</summary>
    public static ComputeDevice Of(int? gpuDeviceId, bool fallbackToCpu) =>
        gpuDeviceId is null ? ComputeDevice.Cpu : fallbackToCpu ? ComputeDevice.Auto : ComputeDevice.Cuda;
}
