using System.CommandLine;
using SegML.Cli.Check;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml check</c>: reads every image and mask of a data set and lists what cannot be used, before training does.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string?> data = SharedOptions.Data();
        var split = new Option<string?>("--split") { Description = "Only this split. Default: all whose image folder exists.", HelpName = "NAME" };
        Option<bool> json = SharedOptions.Json("Print every finding and figure as JSON.");
        var command = new Command("check", "Read every image and mask and list the faults; exit code 1 when there are any.") { pipeline, data, split, json };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)), parsed.GetValue(split), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string? split, bool json, CancellationToken cancellation)
    {
        PipelineCheckup checkup = PipelineCheckup.Run(pipeline, split, cancellation);
        if (json)
        {
            Console.WriteLine(CheckJson.Of(checkup).ToJsonString());
        }
        else
        {
            CheckText.Print(checkup);
        }
        return checkup.IsSound ? ExitCode.Done : ExitCode.No;
    }
}
