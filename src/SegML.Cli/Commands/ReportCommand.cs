using System.CommandLine;
using SegML.Cli.Runs;
using SegML.Cli.Terminal;
using SegML.Files;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Runs;

namespace SegML.Cli.Commands;

/// <summary><c>segml runs report</c>: the page that train writes at its end, of any run, also while it is going on.</summary>
internal static class ReportCommand
{
    private const string PageName = "report.html";

    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The folder of a run." };
        var output = new Option<string?>("--out") { Description = "The page. Default: report.html in the run's folder.", HelpName = "FILE" };
        Option<string?> data = SharedOptions.Data();
        Option<ComputeDevice> device = SharedOptions.Device();
        var command = new Command("report", "Write a run's page: curves, classes, calibration, best and worst validation images.") { run, output, data, device };
        command.SetAction((parsed, cancellation) =>
        {
            Console.WriteLine(Write(parsed.GetValue(run)!, parsed.GetValue(output), parsed.GetValue(data), parsed.GetValue(device), cancellation));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>Writes the page.</summary>
    /// <returns>Its path.</returns>
    public static string Write(string folder, string? output, string? data, ComputeDevice device, CancellationToken cancellation)
    {
        string path = output ?? Path.Combine(folder, PageName);
        using IDisposable protection = SourceFiles.Protect(SourcesOf(folder), path);
        var run = RunRecord.Read(folder, data);
        // Before the first validation there is no checkpoint to look at.
        bool reviews = run.Best is not null && run.Pipeline.HasValidation();
        RunReview? review = reviews ? WorkProgress.Run("report", progress => RunReview.Of(folder, "val", RunReport.Shown, data, device,
            new Direct<(int Done, int All)>(step => progress.Report(step.Done, step.All)), cancellation)) : null;
        RunReport.Of(run, review).Write(path);
        return path;
    }

    /// <summary>The files of a run that pages are made from: all but its own page.</summary>
    public static IEnumerable<string> SourcesOf(string folder) =>
        (Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories) : []).Where(f => Path.GetFileName(f) != PageName);
}
