using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SegML.Benchmarks;

/// <summary>
/// Time that this thread has spent computing, where the system tells (Linux), else time that has passed. With one thread a
/// network the two agree on an idle machine; on a busy one only the first does not count the others' work.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static string Unit => OperatingSystem.IsLinux() ? "CPU ms of the calling thread" : "ms";

    public static double Milliseconds()
    {
        if (OperatingSystem.IsLinux())
        {
            Time(ThreadCpuTime, out Timespec now);
            return now.Seconds * 1e3 + now.Nanoseconds / 1e6;
        }
        return Stopwatch.GetTimestamp() * 1e3 / Stopwatch.Frequency;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Time(int clock, out Timespec time);

    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
