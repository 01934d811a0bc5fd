using System.Diagnostics;
using SegML.Cli;

namespace SegML.Tests.Ranks;

/// <summary>Open MPI's mpirun, where it is installed.</summary>
internal static class Mpirun
{
    /// <summary>Whether tests that take minutes run too.</summary>
    public static bool Everything => Environment.GetEnvironmentVariable("SEGML_MPI") == "all";

    public static void Require()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "mpirun"))))
        {
            Assert.Inconclusive("Open MPI is not installed: apt-get install openmpi-bin libopenmpi-dev");
        }
    }

    public static void RequireTime()
    {
        Require();
        if (!Everything)
        {
            Assert.Inconclusive("takes minutes: set SEGML_MPI=all");
        }
    }

    /// <summary>Starts segml in several processes.</summary>
    public static Process Start(int count, params string[] arguments)
    {
        string[] command = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", count.ToString(System.Globalization.CultureInfo.InvariantCulture), "dotnet", typeof(CommandLine).Assembly.Location, .. arguments];
        // One thread each: threads do not change a sum's order here, and four processes of two threads on two cores would.
        var start = new ProcessStartInfo("mpirun", command)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1", ["OMP_WAIT_POLICY"] = "PASSIVE", ["OMPI_MCA_mpi_yield_when_idle"] = "1" },
        };
        return Process.Start(start)!;
    }

    /// <summary>Runs segml in several processes to its end.</summary>
    public static (int Code, string Said) Run(int count, params string[] arguments)
    {
        using Process process = Start(count, arguments);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
