using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace SegML.Onnx.Tracing;

/// <summary>
/// Keeps libtorch right where a virtual machine hides the processor's caches. There the AVX2 and AVX-512 kernels of its oneDNN miscompute convolutions and
/// LSTMs, in float32 too: measured with libtorch 2.10 on an AMD EPYC of family 26. oneDNN is held to SSE4.1, which is right everywhere but three to five times
/// slower, until it is told the caches' sizes (<see cref="OneDnnCaches"/>). It reads the limit when it computes for the first time; one that the user has set stays.
/// </summary>
internal static partial class HiddenCaches
{
    private const string Limit = "ONEDNN_MAX_CPU_ISA";
    private const int CacheTopology = unchecked((int)0x8000001D);
    private const int FirstAmdLeaf = unchecked((int)0x80000000);

    /// <summary>Whether the processor says that it has no caches (CPUID of AMD, leaf 8000001D: "Cache Topology Information").</summary>
    internal static bool Found { get; } = Find();

    private static bool Find()
    {
        if (!OperatingSystem.IsLinux() || !X86Base.IsSupported)
        {
            return false;
        }
        (_, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        bool amd = (ebx, edx, ecx) == (0x68747541, 0x69746E65, 0x444D4163);
        return amd && unchecked((uint)X86Base.CpuId(FirstAmdLeaf, 0).Eax >= (uint)CacheTopology) && (X86Base.CpuId(CacheTopology, 0).Eax & 0x1F) == 0;
    }

#pragma warning disable CA2255 // It must run before anything computes, and the library is first touched in many places.
    private static readonly Lock _key = new();
    private static bool _limited, _corrected;

    /// <summary>Whether oneDNN cannot be trusted with this processor's newer instructions.</summary>
    internal static bool HoldBack { get; private set; } = Found;

    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void LimitInstructions()
    {
        if (Found && !_limited)
        {
            _limited = NativeVariables.Default(Limit, "SSE41");
        }
    }

    /// <summary>
    /// Tells oneDNN the sizes and takes the limit back, where that can be done. NNPACK cannot be used on such a processor at all, and libtorch would say so on
    /// standard error at one convolution after another: it is turned off. To be called once libtorch is loaded, before it computes; later calls do nothing.
    /// </summary>
    internal static void Correct()
    {
        if (!Found)
        {
            return;
        }
        lock (_key)
        {
            if (_corrected)
            {
                return;
            }
            _corrected = true;
            if (_limited && OneDnnCaches.TryCorrect() && NativeVariables.Remove(Limit))
            {
                HoldBack = false;
            }
            TurnNnpackOff();
        }
    }

    private static void TurnNnpackOff()
    {
        try
        {
            UseNnpack(GlobalContext(), false);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another libtorch: it is the warnings that stay.
        }
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void UseNnpack(nint context, [MarshalAs(UnmanagedType.U1)] bool value);
}
