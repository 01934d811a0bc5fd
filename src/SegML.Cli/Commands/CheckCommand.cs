using System.CommandLine;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Masks;
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
        var command = new Command("check", "Read every image and mask and list the faults; exit code 1 when there are any.") { pipeline, data, split };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)), parsed.GetValue(split), cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string? split, CancellationToken cancellation)
    {
        string[] splits = split is not null ? [split] : [.. pipeline.Data.Splits.Keys.Where(s => Exists(pipeline, s))];
        if (splits.Length == 0)
        {
            throw new DatasetException(pipeline.Source, "has no split whose image folder exists", "pass --data DIR or set data.root");
        }
        bool sound = true;
        foreach (string name in splits)
        {
            IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, name);
            DatasetReport report = WorkProgress.Run($"check {name}", progress => DatasetCheck.Run(items, pipeline.Classes,
                new Direct<(int Done, int Total)>(at => progress.Report(at.Done, at.Total)), cancellation));
            Print(name, report, pipeline.Classes);
            sound &= report.Faults.Count == 0;
        }
        return sound ? ExitCode.Done : ExitCode.No;
    }

    private static void Print(string split, DatasetReport report, ClassSet classes)
    {
        Console.WriteLine($"{split}: {report.Items} images, {report.Faults.Count} faults");
        foreach (string fault in report.Faults)
        {
            Console.WriteLine($"  {fault}");
        }
        double all = Math.Max(1, report.ClassPixels.Sum() + report.IgnoredPixels);
        foreach (SegmentationClass c in classes.Classes)
        {
            PrintShare(c.Name, report.ClassPixels[c.Id] / all);
        }
        PrintShare("(ignored)", report.IgnoredPixels / all);
    }

    private static void PrintShare(string name, double share) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-20} {share,8:0.00%}"));

    private static bool Exists(Pipeline pipeline, string split) =>
        Directory.Exists(Path.Combine(pipeline.Data.Root ?? "", pipeline.Data.Splits[split].Images));
}
