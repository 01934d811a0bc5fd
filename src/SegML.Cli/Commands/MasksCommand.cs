using System.Collections.Concurrent;
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
    private static readonly string[] _extensions = [".json", ".xml", ".txt", ".png"];

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
        command.SetAction((parsed, cancellation) => Task.FromResult(new Drawing(
            PipelineFile.Read(parsed.GetValue(pipeline)!).Classes,
            new AnnotationOptions { ImageFolder = parsed.GetValue(images), LineThickness = parsed.GetValue(thickness) },
            parsed.GetValue(output)!, cancellation).Run(parsed.GetValue(annotations)!)));
        return command;
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
            .Where(f => _extensions.Contains(Path.GetExtension(f).ToLowerInvariant()))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? files
            : throw new AnnotationFormatException(path, $"holds no annotation files ({string.Join(", ", _extensions)})", "name the folder that does");
    }

    private sealed class Drawing(ClassSet classes, AnnotationOptions options, string folder, CancellationToken cancellation)
    {
        private readonly ConcurrentDictionary<string, string> _sources = new(StringComparer.OrdinalIgnoreCase);
        private int _files, _masks, _failed;

        public int Run(string annotations)
        {
            string[] files = FilesOf(annotations);
            WorkProgress.Run("masks", progress =>
            {
                Each(files, file => Guarded(progress, () =>
                {
                    DrawFile(file, files.Length, progress);
                    progress.Report(Interlocked.Increment(ref _files), files.Length);
                }));
                return 0;
            });
            Console.WriteLine($"{_masks} masks in {folder}{(_failed == 0 ? "" : $", {_failed} annotations could not be drawn")}");
            return _failed == 0 ? ExitCode.Done : ExitCode.BadInput;
        }

        private void DrawFile(string file, int files, WorkProgress progress)
        {
            if (Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase))
            {
                Write(Path.GetFileName(file), file, MaskFile.Read(file, classes));
                return;
            }
            // A file of one image is drawn by the thread that read it, one of many images by all.
            Each(AnnotationFile.ReadAll(file, options), image => Guarded(progress, () =>
            {
                Write(image.Name, file, AnnotationRasterizer.Draw(image, classes));
                progress.Report(_files, files, $"{_masks} masks");
            }));
        }

        private void Write(string image, string source, SegmentationMask mask)
        {
            string name = NameOf(image, source);
            if (!_sources.TryAdd(name, source))
            {
                throw new AnnotationFormatException(source, $"would be written to the same mask {name} as {_sources[name]}", "rename one of them");
            }
            MaskFile.Write(Path.Combine(folder, name), mask);
            Interlocked.Increment(ref _masks);
        }

        private void Each<T>(IEnumerable<T> items, Action<T> action)
        {
            try
            {
                Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                    new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, action);
            }
            catch (AggregateException e) when (e.InnerExceptions.OfType<SegMLException>().FirstOrDefault() is { } first)
            {
                throw first;
            }
        }

        private void Guarded(WorkProgress progress, Action action)
        {
            try
            {
                action();
            }
            catch (SegMLException e) when (e is AnnotationFormatException or MaskFormatException or ImageFormatException)
            {
                Interlocked.Increment(ref _failed);
                progress.Line($"segml: {e.Message}");
            }
        }
    }

    /// <summary>The mask's file name: the image's, folders within the data set included. Never one outside the output folder.</summary>
    internal static string NameOf(string image, string source)
    {
        string name = image.Replace('\\', '/').TrimStart('/');
        if (name.Split('/').Any(part => part is "" or "." or "..") || Path.IsPathRooted(name) || name.Contains(':', StringComparison.Ordinal))
        {
            throw new AnnotationFormatException(source, $"names the image \"{image}\", which lies outside the data set", "correct the name");
        }
        return (ImageFile.HasExtension(name) ? Path.ChangeExtension(name, null) : name) + ".png";
    }
}
