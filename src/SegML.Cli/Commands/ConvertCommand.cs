using System.CommandLine;
using SegML.Annotations.Export;
using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml convert</c>: a split's masks as annotations in another tool's form.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string> split = SharedOptions.Split();
        Option<string?> data = SharedOptions.Data(), form = SharedOptions.Annotations("--to", "The form:");
        form.Required = true;
        Option<string> output = SharedOptions.Out("The folder for the annotations.");
        var command = new Command("convert", "Write a split's masks as annotations, to be corrected in an annotation tool.") { pipeline, split, data, form, output };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data)),
            parsed.GetValue(split)!, SharedOptions.AnnotationExport(parsed.GetValue(form))!, parsed.GetValue(output)!, cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string split, AnnotationExport form, string folder, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, split);
        string[] files = [.. items.SelectMany(item => form.FilesOf(folder, Path.GetFileName(item.ImagePath))).Distinct()];
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), files);
        SourceFiles.Keep(files);
        string written = form.Write(folder, items.Select(item =>
        {
            cancellation.ThrowIfCancellationRequested();
            return (Path.GetFileName(item.ImagePath), item.ReadMask(pipeline.Classes));
        }));
        Console.WriteLine($"{items.Count.Of("image")} annotated in {written}");
        return ExitCode.Done;
    }
}
