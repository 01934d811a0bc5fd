using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using SegML.Onnx.Tracing;
using SegML.Pipelines;
using SegML.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Chooses device and precision from what the machine has.</summary>
internal static class TorchDevice
{
#pragma warning disable CA2255 // Networks compute wherever they are used from; the limit has to be there before.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LimitInstructions() => HiddenCaches.LimitInstructions();

    /// <summary>The device to train on.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="gpu">Which CUDA device, from 0.</param>
    /// <exception cref="DeviceException">CUDA was asked for and is not there.</exception>
    /// <exception cref="NativeLibraryException">The app lacks libtorch.</exception>
    public static Device Choose(ComputeDevice wanted, int gpu = 0)
    {
        TorchLibrary.Require();
        if (wanted == ComputeDevice.Cpu)
        {
            return CPU;
        }
        if (cuda.is_available() && gpu < cuda.device_count())
        {
            return device(DeviceType.CUDA, gpu);
        }
        return wanted == ComputeDevice.Auto
            ? CPU
            : throw new DeviceException(gpu == 0 ? "device cuda" : $"device cuda:{gpu}", "is not available to TorchSharp here",
                "choose cpu or auto, or build with -p:SegMLTrainingDevice=cuda on a machine with an NVIDIA driver");
    }

    /// <summary>The precision behind <see cref="Precision.Auto"/>.</summary>
    public static Precision Resolve(Precision wanted, Device device) => wanted switch
    {
        Precision.Auto => device.type == DeviceType.CPU && ComputesBFloat16 ? Precision.BFloat16 : Precision.Float32,
        _ => wanted,
    };

    /// <summary>Whether convolutions in bfloat16 are fast on this processor, and not held to older instructions.</summary>
    internal static bool ComputesBFloat16 => _hasBFloat16 && !HiddenCaches.HoldBack;

    private static readonly bool _hasBFloat16 = HasBFloat16();

    // AVX512_BF16 (leaf 7.1, EAX bit 5) or AMX-BF16 (leaf 7.0, EDX bit 22): Intel's Software Developer's Manual, CPUID.
    private static bool HasBFloat16() => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 1).Eax >> 5 & 1) != 0 || (X86Base.CpuId(7, 0).Edx >> 22 & 1) != 0);
}
