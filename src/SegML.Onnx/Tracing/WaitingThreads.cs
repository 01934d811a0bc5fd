using System.Runtime.CompilerServices;

namespace SegML.Onnx.Tracing;

/// <summary>
/// Lets libtorch's threads wait for each other by spinning for microseconds, not milliseconds. Where other programs want the cores, a thread that spins
/// keeps the one that it waits for from running: training steps on a busy machine took 1.6 to 4 times as long, and as long as before on a quiet one.
/// libgomp reads the count when it is loaded with libtorch; GOMP_SPINCOUNT or OMP_WAIT_POLICY of the user's stay.
/// </summary>
internal static class WaitingThreads
{
    internal const string Variable = "GOMP_SPINCOUNT", Policy = "OMP_WAIT_POLICY", Count = "10000";

#pragma warning disable CA2255 // It must run before libtorch is loaded, which any use of TorchSharp may do.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void SpinBriefly()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Policy) is null)
        {
            NativeVariables.Default(Variable, Count);
        }
    }
}
