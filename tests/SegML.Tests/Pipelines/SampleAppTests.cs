using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SegML.Tests.Pipelines;

/// <summary>The sample apps in pipelines/, run as a user runs them.</summary>
[TestClass]
public sealed class SampleAppTests
{
    // Ends a run that hangs; a build on a busy machine takes a fraction of it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [TestMethod]
    public async Task RoadShareLearnsFromWhatTheModelSees()
    {
        using var patience = new CancellationTokenSource(Patience);
        using Process app = Start("road-share.cs");
        try
        {
            Task<string> errors = app.StandardError.ReadToEndAsync(patience.Token);
            string output = await app.StandardOutput.ReadToEndAsync(patience.Token);
            await app.WaitForExitAsync(patience.Token);
            Assert.AreEqual(0, app.ExitCode, output + await errors);
            Match score = Regex.Match(output, "unseen streets: R2 (-?[0-9.]+)");
            Assert.IsTrue(score.Success, output);
            Assert.IsGreaterThan(0.8, double.Parse(score.Groups[1].Value, CultureInfo.InvariantCulture), output);
            StringAssert.Contains(output, "loaded from a file");
        }
        finally
        {
            app.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string sample, params string[] arguments)
    {
        // The configuration that the tests were built in, whose SegML is up to date: nothing is built twice.
        string configuration = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)))!;
        var start = new ProcessStartInfo("dotnet",
            ["run", "-c", configuration, Path.Combine(Repository.Root, "pipelines", sample), "--", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // No compiler or build node stays behind and keeps the pipes open.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["UseSharedCompilation"] = "false", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0" },
        };
        return Process.Start(start)!;
    }
}
