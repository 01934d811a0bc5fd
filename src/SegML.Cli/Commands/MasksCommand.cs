using System.CommandLine;
using SegML.Annotations;
using SegML.Cli.Terminal;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml masks</c>: annotation files to class-id masks.</summary>
internal static class MasksCommand
{
    public static Command Create()
    {
        var annotations = new Argument<string>("annotations")
        {
            Description = "An annotation file or a folder of them: Supervisely, LabelMe, COCO or Cityscapes JSON, CVAT XML, YOLO segment text, "
                + "or mask PNGs in the data set's own ids or colours.",
        };
        var pipeline = new Option<string>("--pipeline") { Description = "The pipeline file that names the classes.", Required = true, HelpName = "FILE" };
        Option<string> output = SharedOptions.Out("The folder for the masks: one indexed PNG an image.");
        var images = new Option<string?>("--images") { Description = "The images' folder, for YOLO text, which has no sizes.", HelpName = "DIR" };
        var thickness = new Option<double?>("--line-thickness") { Description = "Pixels, for lines and points whose file does not tell.", HelpName = "N" };
        var command = new Command("masks", "Draw annotations as masks of class ids.") { annotations, pipeline, output, images, thickness };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            PipelineFile.Read(parsed.GetValue(pipeline)!), parsed.GetValue(annotations)!, parsed.GetValue(output)!,
            new AnnotationOptions { ImageFolder = parsed.GetValue(images), LineThickness = parsed.GetValue(thickness) }, cancellation)));
        return command;
    }

    private static int Run(Pipeline pipeline, string annotations, string folder, AnnotationOptions options, CancellationToken cancellation)
    {
        (int masks, int failed) = WorkProgress.Run("masks", progress => new AnnotationMasks(pipeline.Classes, folder)
        {
            Options = options,
            Progress = new Direct<(int Files, int AllFiles, int Masks)>(at => progress.Report(at.Files, at.AllFiles, $"{at.Masks} masks")),
            Faults = new Direct<SegMLException>(e => progress.Line($"segml: {e.Message}")),
        }.Write(annotations, cancellation));
        Console.WriteLine($"{masks} masks in {folder}{(failed == 0 ? "" : $", {failed} annotations could not be drawn")}");
        return failed == 0 ? ExitCode.Done : ExitCode.BadInput;
    }
}
