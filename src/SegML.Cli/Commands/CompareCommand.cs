using System.CommandLine;
using System.Text.Json.Nodes;
using SegML.Cli.Reports;
using SegML.Cli.Runs;
using SegML.Files;

namespace SegML.Cli.Commands;

/// <summary><c>segml runs compare</c>: runs of one task side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("run")
        {
            Description = $"Folders of runs, 2 to {LineChart.MostLines}.",
            Arity = new ArgumentArity(2, LineChart.MostLines),
        };
        var output = new Option<string?>("--out") { Description = "Write a page with the tables and all curves.", HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json("Print figures and differing options as JSON.");
        var command = new Command("compare", "Compare runs: best figures, classes, time, memory, options that differ.") { runs, output, json };
        command.SetAction(parsed => Run(parsed.GetValue(runs)!, parsed.GetValue(output), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] folders, string? output, bool json)
    {
        using IDisposable protection = SourceFiles.Protect(folders.SelectMany(ReportCommand.SourcesOf), output is null ? [] : [output]);
        var comparison = RunComparison.Of(folders);
        if (output is not null)
        {
            ComparisonPage.Of(comparison).Write(output);
        }
        if (json)
        {
            JsonObject figures = ComparisonTable.Json(comparison);
            Console.WriteLine(figures.ToJsonString());
            return ExitCode.Done;
        }
        Console.WriteLine(ComparisonTable.Text(comparison));
        if (output is not null)
        {
            Console.WriteLine();
            Console.WriteLine($"page: {output}");
        }
        return ExitCode.Done;
    }
}
