using System.Diagnostics;

namespace SegML.Benchmarks;

/// <summary>Time in milliseconds: what has passed, and what all of a process's threads have computed in it, which the work of others does not lengthen.</summary>
internal readonly record struct Spent(double Elapsed, double Processor)
{
    /// <summary>Since some moment, the same for all.</summary>
    public static Spent SoFar() => new(Stopwatch.GetTimestamp() * 1e3 / Stopwatch.Frequency, Environment.CpuUsage.TotalTime.TotalMilliseconds);

    public static Spent operator -(Spent later, Spent earlier) => new(later.Elapsed - earlier.Elapsed, later.Processor - earlier.Processor);

    public static Spent operator /(Spent spent, double parts) => new(spent.Elapsed / parts, spent.Processor / parts);
}
