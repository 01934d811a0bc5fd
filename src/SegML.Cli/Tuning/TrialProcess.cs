using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using SegML.Training.Tuning;

namespace SegML.Cli.Tuning;

/// <summary>Starts <c>segml runs trial</c>: libtorch's threads and random numbers are a process's, so trials at a time need one each.</summary>
internal static class TrialProcess
{
    /// <summary>Brings a trial to its epoch in a process of its own.</summary>
    /// <exception cref="TrialException">The trial cannot be trained.</exception>
    /// <exception cref="SegMLException">The process ended otherwise.</exception>
    public static async Task RunAsync(TrialOrder order, CancellationToken cancellation)
    {
        using Process process = Process.Start(Command(order))!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None), errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        // Its input's end asks it to stop; it does at its next iteration.
        using (cancellation.Register(process.StandardInput.Close))
        {
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode == ExitCode.No && Lines(await output.ConfigureAwait(false)) is [var subject, var fault, var fix])
        {
            throw new TrialException(subject, fault, fix);
        }
        if (process.ExitCode != ExitCode.Done)
        {
            string said = Lines(await errors.ConfigureAwait(false)) is [.., var last] ? last : "it said nothing";
            throw new SegMLException($"trial {order.Trial}", $"ended with exit code {process.ExitCode} ({said})", "correct that and go on with --resume");
        }
    }

    private static ProcessStartInfo Command(TrialOrder order)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        string[] arguments =
        [
            "runs", "trial", order.Folder, order.Trial.ToString(plain), order.Epochs.ToString(plain), order.Jobs.ToString(plain),
            "--device", order.Device.ToString(),
        ];
        // Where another program runs this assembly, as tests do, the program is not the command.
        Assembly own = typeof(TrialProcess).Assembly;
        bool isApp = Assembly.GetEntryAssembly() == own && Path.GetFileNameWithoutExtension(Environment.ProcessPath) != "dotnet";
        var start = new ProcessStartInfo(isApp ? Environment.ProcessPath! : "dotnet", isApp ? arguments : [own.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Each its share of the cores, and none that spins on another's while it waits.
        start.Environment["OMP_NUM_THREADS"] = Math.Max(1, Environment.ProcessorCount / order.Jobs).ToString(plain);
        start.Environment.TryAdd("OMP_WAIT_POLICY", "PASSIVE");
        return start;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
