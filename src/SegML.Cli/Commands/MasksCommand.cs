using System.CommandLine;
using SegML.Annotations;
using SegML.Cli.Terminal;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Cli.Commands;

/// <summary><c>segml masks</c>: annotation files to class-id masks.</summary>
internal static class MasksCommand
{
    public static Command Create()
    {
        var annotations = new Argument<string>("annotations") { Description = "An annotation file or a folder of them (Supervisely JSON, or mask PNGs in the data set's own ids or colours)." };
        var pipeline = new Option<string>("--pipeline") { Description = "The pipeline file that names the classes.", Required = true, HelpName = "FILE" };
        Option<string> output = SharedOptions.Out("The folder for the masks: one indexed PNG an annotation file.");
        var command = new Command("masks", "Draw annotations as masks of class ids.") { annotations, pipeline, output };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetValue(annotations)!, parsed.GetValue(pipeline)!, parsed.GetValue(output)!, cancellation)));
        return command;
    }

    private static int Run(string annotations, string pipelinePath, string folder, CancellationToken cancellation)
    {
        ClassSet classes = PipelineFile.Read(pipelinePath).Classes;
        string[] files = FilesOf(annotations);
        RefuseNameClashes(files);
        int done = 0, failed = 0;
        WorkProgress.Run("masks", progress =>
        {
            var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.ForEach(files, options, file =>
            {
                try
                {
                    MaskFile.Write(Path.Combine(folder, MaskName(file)), ReadMask(file, classes));
                }
                catch (SegMLException e) when (e is AnnotationFormatException or MaskFormatException or ImageFormatException)
                {
                    Interlocked.Increment(ref failed);
                    progress.Line($"segml: {e.Message}");
                }
                progress.Report(Interlocked.Increment(ref done), files.Length);
            });
            return 0;
        });
        Console.WriteLine($"{files.Length - failed} masks in {folder}{(failed == 0 ? "" : $", {failed} annotation files could not be read")}");
        return failed == 0 ? ExitCode.Done : ExitCode.BadInput;
    }

    private static SegmentationMask ReadMask(string file, ClassSet classes) =>
        Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase)
            ? MaskFile.Read(file, classes)
            : AnnotationRasterizer.Draw(AnnotationFile.Read(file), classes);

    /// <summary>Supervisely names its files after the image, extension and all: frame.png.json belongs to frame.png.</summary>
    private static string MaskName(string file)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        return (ImageFile.HasExtension(stem) ? Path.GetFileNameWithoutExtension(stem) : stem) + ".png";
    }

    private static string[] FilesOf(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }
        if (!Directory.Exists(path))
        {
            throw new AnnotationFormatException(path, "does not exist", "name an annotation file or a folder of them");
        }
        string[] files = [.. Directory.EnumerateFiles(path)
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".json" or ".png")
            .Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? files
            : throw new AnnotationFormatException(path, "holds no annotation files (.json, .png)", "name the folder that does");
    }

    private static void RefuseNameClashes(string[] files)
    {
        IGrouping<string, string>? clash = files.GroupBy(MaskName).FirstOrDefault(g => g.Count() > 1);
        if (clash is not null)
        {
            throw new AnnotationFormatException(clash.ElementAt(1), $"would be written to the same mask as {clash.First()}", "rename one of them");
        }
    }
}
