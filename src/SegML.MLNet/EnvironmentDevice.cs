using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>The device that an MLContext asks for, understood as the rest of ML.NET does: no GPU id means the CPU.</summary>
internal static class EnvironmentDevice
{
    /// <summary>Options with the environment's device, where they name none, and with the session options that it was given for ONNX models.</summary>
    public static SegmenterOptions Set(SegmenterOptions options, IHostEnvironment environment)
    {
        if (environment.GetOnnxSessionOption() is { } own)
        {
            options = options with { CreateSession = () => EnvironmentSession.Create(own, options) };
        }
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
