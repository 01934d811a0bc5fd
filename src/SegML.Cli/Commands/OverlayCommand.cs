using System.CommandLine;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Drawing;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml data overlay</c>: a data set's masks drawn over its images, to look at before training.</summary>
internal static class OverlayCommand
{
    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string> split = SharedOptions.Split();
        Option<string?> data = SharedOptions.Data();
        Option<string> output = SharedOptions.Out("The folder for the pictures.");
        var command = new Command("overlay", "Draw a data set's masks over its images.") { pipeline, split, data, output };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(pipeline)!, parsed.GetValue(split)!, parsed.GetValue(data), parsed.GetValue(output)!, cancellation)));
        return command;
    }

    private static int Run(string pipelinePath, string split, string? data, string folder, CancellationToken cancellation)
    {
        Pipeline pipeline = PipelineFile.Read(pipelinePath, data);
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, split);
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), items.Select(item => PictureOf(item, folder)));
        WorkProgress.Run("overlays", progress =>
        {
            for (int i = 0; i < items.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                using RgbaImage image = ImageFile.Read(items[i].ImagePath);
                SegmentationMask mask = items[i].ReadMask(pipeline.Classes);
                using RgbaImage overlay = Overlay.Draw(image, mask);
                ImageFile.Write(PictureOf(items[i], folder), overlay);
                progress.Report(i + 1, items.Count);
            }
            return 0;
        });
        Console.WriteLine($"{items.Count} pictures in {folder}");
        return ExitCode.Done;
    }

    private static string PictureOf(DatasetItem item, string folder) => Path.Combine(folder, Path.GetFileNameWithoutExtension(item.ImagePath) + ".png");
}
