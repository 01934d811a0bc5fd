using SegML.Training.Ranks;

namespace SegML.Cli.Terminal;

/// <summary>What becomes of the processes that mpirun started when one of them cannot go on.</summary>
internal static class RankFaults
{
    /// <summary>Runs one process's part. Where it fails, it says why in one line and ends the others, which would wait for it for ever.</summary>
    public static int Guard(IAllReduce ranks, Func<int> run)
    {
        if (ranks.Count == 1)
        {
            return run();
        }
        try
        {
            return run();
        }
        catch (OtherRankException)
        {
            // It has been said, and the process that said it ends this one.
            return ExitCode.BadInput;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Exception told = e is AggregateException { InnerException: { } inner } ? inner : e;
            // What every process meets, such as a pipeline that cannot be read, one of them says.
            Console.Error.WriteLine($"segml: process {ranks.Rank} of {ranks.Count}: {Printable.Line(told is SegMLException ? told.Message : $"{told.GetType().Name}: {told.Message}")}");
            Console.Error.Flush();
            ranks.Abort(ExitCode.BadInput);
            return ExitCode.BadInput;
        }
    }

    /// <summary>Ends this process, in which a thread waits for others that do not answer; mpirun ends those that it still reaches.</summary>
    public static void End(int seconds, bool says)
    {
        if (says)
        {
            Console.Error.WriteLine($"segml: the other processes have not answered for {seconds} s: a machine, or the network to it, is gone; go on with the same command and --resume");
            Console.Error.Flush();
        }
        Environment.Exit(ExitCode.BadInput);
    }
}
