using System.CommandLine;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml data masks</c>: annotation files to class-id masks.</summary>
internal static class MasksCommand
{
    public static Command Create()
    {
        var annotations = new Argument<string>("annotations")
        {
            Description = $"An annotation file or a folder of them ({AnnotationFormats.Names}), or masks in the data set's own ids or colours.",
        };
        var pipeline = new Option<string>("--pipeline") { Description = "The pipeline file that names the classes.", Required = true, HelpName = "FILE" };
        Option<string> output = SharedOptions.Out("The folder for the masks: one indexed PNG an image.");
        var images = new Option<string?>("--images") { Description = "The folder of the images, for formats without image sizes (YOLO).", HelpName = "DIR" };
        var command = new Command("masks", "Draw annotations as masks of class ids.") { annotations, pipeline, output, images };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            PipelineFile.Read(parsed.GetValue(pipeline)!), parsed.GetValue(annotations)!, parsed.GetValue(output)!,
            parsed.GetValue(images), cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string annotations, string folder, string? images, CancellationToken cancellation)
    {
        IEnumerable<string> photos = PipelineSources.Images(pipeline);
        using IDisposable protection = SourceFiles.Protect(photos.Append(pipeline.Source),
            photos.Select(photo => Path.Combine(folder, Path.ChangeExtension(Path.GetFileName(photo), ".png"))).Distinct(StringComparer.OrdinalIgnoreCase));
        AnnotationMasksResult result = WorkProgress.Run("masks", progress => new AnnotationMasks(pipeline.Classes, folder)
        {
            Options = pipeline.Data.Drawing() with { ImageFolder = images },
            Progress = new Direct<(int Files, int AllFiles, int Masks)>(at => progress.Report(at.Files, at.AllFiles, at.Masks.Of("mask"))),
            Faults = new Direct<SegMLException>(e => progress.Line($"segml: {e.Message}")),
        }.Write(annotations, cancellation));
        Console.WriteLine($"{result.Masks.Of("mask")} in {folder}");
        if (result.LeftOut.Count > 0)
        {
            Console.WriteLine("left out, by fault:");
            foreach (LeftOut fault in result.LeftOut)
            {
                string what = string.Join(", ", new[] { (fault.Images, "image"), (fault.Objects, "object") }.Where(c => c.Item1 > 0).Select(c => c.Item1.Of(c.Item2)));
                Console.WriteLine($"  {fault.Fault,-34} {what,-24} such as {fault.Example}");
            }
        }
        return result.Failed == 0 && (result.LeftOut.Count == 0 || pipeline.Data.OnUnusable == UnusablePolicy.Skip) ? ExitCode.Done : ExitCode.BadInput;
    }
}
