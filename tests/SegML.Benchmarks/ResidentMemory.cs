using System.Globalization;

namespace SegML.Benchmarks;

/// <summary>This process's largest resident size. Only Linux can forget it; elsewhere figures are not numbers.</summary>
internal static class ResidentMemory
{
    /// <summary>Begins anew.</summary>
    public static void ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    /// <summary>The largest size since, in MB.</summary>
    public static double Peak() => !OperatingSystem.IsLinux() ? double.NaN : File.ReadLines("/proc/self/status")
        .Where(l => l.StartsWith("VmHWM", StringComparison.Ordinal))
        .Select(l => double.Parse(l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1e3).First();
}
