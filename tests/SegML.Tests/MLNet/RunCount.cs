using SegML.Scoring;

namespace SegML.Tests.MLNet;

/// <summary>Counts how often the network ran.</summary>
internal static class RunCount
{
    /// <summary>The runs of this thread while something is done.</summary>
    public static int Of(Action action)
    {
        // The benchmarks' clock is asked before and after each run.
        int asked = 0;
        RunProbe.Clock = () => asked++;
        try
        {
            action();
        }
        finally
        {
            RunProbe.Clock = null;
        }
        return asked / 2;
    }
}
