using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace SegML.Training.Runs;

/// <summary>What a run was computed on, as far as it can be found out.</summary>
public sealed record MachineState
{
    /// <summary>The operating system.</summary>
    public required string System { get; init; }

    /// <summary>The .NET runtime.</summary>
    public required string DotNet { get; init; }

    /// <summary>The processor's model, or its architecture where that is all that is known.</summary>
    public required string Processor { get; init; }

    /// <summary>Logical processors that the process may use.</summary>
    public required int Cores { get; init; }

    /// <summary>Memory that the process may use, in megabytes of 2^20 bytes.</summary>
    public required long Memory { get; init; }

    /// <summary>The version of libtorch.</summary>
    public required string Libtorch { get; init; }

    /// <summary>The device that trains: "cpu", "cuda:0".</summary>
    public required string Device { get; init; }

    /// <summary>This machine.</summary>
    internal static MachineState Here(torch.Device device) => new()
    {
        System = RuntimeInformation.OSDescription,
        DotNet = RuntimeInformation.FrameworkDescription,
        Processor = ProcessorName() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Cores = Environment.ProcessorCount,
        Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        Libtorch = torch.__version__,
        Device = device.ToString(),
    };

    /// <summary>The most memory that this process has held so far, in megabytes of 2^20 bytes.</summary>
    internal static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        // macOS tells no peak.
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64) / (double)(1 << 20);
    }

    private static string? ProcessorName()
    {
        if (Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") is { Length: > 0 } windows)
        {
            return windows;
        }
        try
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
