using System.Diagnostics;
using System.Globalization;

namespace SegML.Benchmarks;

/// <summary>
/// A ceiling and a contender that do the same items in turns, each on all cores, so that whatever else the machine does hits both. The
/// verdict is over time that passed; the process's CPU time stands beside it and, on a quiet machine, agrees.
/// </summary>
internal static class Race
{
    /// <summary>Runs both and prints a line.</summary>
    /// <param name="what">What is done.</param>
    /// <param name="items">Items that a turn does.</param>
    /// <param name="rounds">Turns of each, after one that is not counted.</param>
    /// <param name="ceiling">What cannot be left out; given the turn's number.</param>
    /// <param name="contender">All of it; given the turn's number.</param>
    /// <param name="least">The contender's items a second, of the ceiling's.</param>
    /// <returns>Whether the contender reaches that.</returns>
    public static bool Run(string what, int items, int rounds, Action<int> ceiling, Action<int> contender, double least)
    {
        var walls = new List<(double Ceiling, double Contender)>();
        var cpus = new List<(double Ceiling, double Contender)>();
        for (int round = -1; round < rounds; round++)
        {
            int turn = round + 1;
            bool first = turn % 2 == 0;
            (double Wall, double Cpu) one = Time(first ? ceiling : contender, turn), other = Time(first ? contender : ceiling, turn);
            if (round >= 0)
            {
                walls.Add(first ? (one.Wall, other.Wall) : (other.Wall, one.Wall));
                cpus.Add(first ? (one.Cpu, other.Cpu) : (other.Cpu, one.Cpu));
            }
        }
        double wall = Statistics.Median(walls.Select(w => w.Ceiling / w.Contender)), cpu = Statistics.Median(cpus.Select(c => c.Ceiling / c.Contender));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-44}{items / Statistics.Median(walls.Select(w => w.Ceiling)),9:0.0}{items / Statistics.Median(walls.Select(w => w.Contender)),9:0.0} a second  ratio {wall:0.00} (CPU {cpu:0.00})  at least {least:0.00}  {(wall >= least ? "ok" : "MISS")}"));
        return wall >= least;
    }

    private static (double Wall, double Cpu) Time(Action<int> action, int turn)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        action(turn);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
}
