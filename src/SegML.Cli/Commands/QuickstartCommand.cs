using System.CommandLine;
using System.Globalization;
using SegML.Cli.Quickstart;
using SegML.Cli.Terminal;

namespace SegML.Cli.Commands;

/// <summary><c>segml quickstart</c>: the whole way on scenes that it draws itself.</summary>
internal static class QuickstartCommand
{
    /// <summary>What the scenes that the network has not seen must reach; less means that something is wrong here.</summary>
    private const double Expected = 0.90;

    public static Command Create()
    {
        var output = new Option<string>("--out")
        {
            Description = "The folder to write: scenes, masks, the run, the model, report.html.",
            DefaultValueFactory = _ => "quickstart",
            HelpName = "DIR",
        };
        var command = new Command("quickstart", "Try everything on drawn road scenes: train, export, score, report. Takes minutes.") { output };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(output)!, cancellation)));
        return command;
    }

    private static int Run(string folder, CancellationToken cancellation)
    {
        QuickstartResult result = WorkProgress.Run("quickstart", progress =>
            QuickstartRun.Execute(folder, null, progress.Lines(), TrainCommand.Reporter(progress), cancellation));
        double figure = result.Metrics.MeanIoU;
        Console.WriteLine(result.Metrics);
        Console.WriteLine();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean IoU {figure:0.0000} on scenes that the network has not seen"));
        Console.WriteLine($"report: {Path.GetFullPath(result.Folder.Report)}");
        if (figure >= Expected)
        {
            return ExitCode.Done;
        }
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"segml: mean IoU is below {Expected:0.00}; the report's curves show why"));
        return ExitCode.No;
    }
}
