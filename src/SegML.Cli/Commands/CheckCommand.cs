using System.CommandLine;
using SegML.Cli.Check;
using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml check</c>: reads every image and mask of a data set and lists whatever training would refuse.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string?> data = SharedOptions.Data();
        var split = new Option<string?>("--split") { Description = "Check only this split. Default: all splits whose image folder exists.", HelpName = "NAME" };
        Option<bool> json = SharedOptions.Json("Print every finding and figure as JSON.");
        var html = new Option<string?>("--html") { Description = "Write the check as a page too, with pictures of the findings and contact sheets.", HelpName = "FILE" };
        var command = new Command("check", "Read every image and mask, and list whatever training would refuse. Exit code 1 if there is anything.") { pipeline, data, split, json, html };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)), parsed.GetValue(split), parsed.GetValue(json), parsed.GetValue(html), cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string? split, bool json, string? html, CancellationToken cancellation)
    {
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), html is null ? [] : [html]);
        PipelineCheckup checkup = PipelineCheckup.Run(pipeline, split, cancellation);
        if (html is not null)
        {
            CheckPage.Of(checkup, cancellation).Write(html);
        }
        if (json)
        {
            Console.WriteLine(CheckJson.Of(checkup).ToJsonString());
        }
        else
        {
            CheckText.Print(checkup);
            if (html is not null)
            {
                Console.WriteLine($"page: {html}");
            }
        }
        return checkup.IsSound ? ExitCode.Done : ExitCode.No;
    }
}
