using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace SegML.Onnx.Quantization;

/// <summary>Times two models on the same feed.</summary>
internal static class ModelTiming
{
    // The first runs allocate and warm the caches.
    private const int WarmUp = 2;

    /// <summary>Runs the two in turns, so that what else the machine does meets both.</summary>
    /// <returns>The median times in milliseconds.</returns>
    public static (double First, double Second) InTurns(OnnxSession first, OnnxSession second, IReadOnlyDictionary<string, OrtValue> feed, int rounds)
    {
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int round = -WarmUp; round < rounds; round++)
        {
            double a = Time(first, feed), b = Time(second, feed);
            if (round >= 0)
            {
                (ours[round], theirs[round]) = (a, b);
            }
        }
        return (Median(ours), Median(theirs));
    }

    private static double Time(OnnxSession session, IReadOnlyDictionary<string, OrtValue> feed)
    {
        long start = Stopwatch.GetTimestamp();
        session.Run(feed, 1).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(double[] times)
    {
        Array.Sort(times);
        return times.Length == 0 ? 0 : times[times.Length / 2];
    }
}
