using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SegML.Tests.Runs;

/// <summary><c>segml</c> as a process of its own, which can be killed as nothing inside it can.</summary>
internal static partial class SegmlProcess
{
    /// <summary>SIGKILL, which no process sees coming.</summary>
    public const int Kill = 9;

    /// <summary>SIGTERM, with which systems ask processes to end.</summary>
    public const int Terminate = 15;

    /// <summary>Runs it to its end, and asserts that it comes to a good one.</summary>
    /// <returns>What it printed.</returns>
    public static string ToEnd(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output;
    }

    /// <summary>Kills it on a change in a folder or a line on stderr that a condition picks.</summary>
    /// <param name="folder">The folder, which is there.</param>
    /// <param name="now">
    /// Told the name of the file that was created, written, renamed or deleted, or null for a line on stderr; never from two threads at a time.
    /// </param>
    /// <param name="arguments">The command line.</param>
    /// <returns>Whether it was killed before its end.</returns>
    public static bool KillAt(string folder, Func<string?, bool> now, params string[] arguments) => StopAt(Kill, folder, now, arguments) == 128 + Kill;

    /// <summary>Sends it a signal likewise.</summary>
    /// <returns>Its exit code; 128 and the signal's number where the signal ended it.</returns>
    public static int StopAt(int signal, string folder, Func<string?, bool> now, params string[] arguments)
    {
        var gate = new Lock();
        using var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.Size | NotifyFilters.LastWrite };
        using Process process = Start(arguments);
        watcher.Created += (_, change) => Told(change.Name);
        watcher.Changed += (_, change) => Told(change.Name);
        watcher.Deleted += (_, change) => Told(change.Name);
        watcher.Renamed += (_, change) => Told(change.Name);
        watcher.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Told(line.Data is null ? "" : null);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode;

        void Told(string? file)
        {
            lock (gate)
            {
                if (now(file) && !process.HasExited)
                {
                    _ = SendSignal(process.Id, signal);
                }
            }
        }
    }

    private static Process Start(string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "SegML.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Tensors this small gain nothing from threads, which wait for each other by spinning.
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
