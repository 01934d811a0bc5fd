namespace SegML.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The work ran and its own answer is no: parity failed, a figure was not reached.</summary>
    public const int No = 1;

    /// <summary>Bad arguments or bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped with Ctrl-C, as shells count it (128 + SIGINT).</summary>
    public const int Stopped = 130;
}
