using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SegML.Annotations.Export;
using SegML.Batches;
using SegML.Cli.Clusters;
using SegML.Cli.Prediction;
using SegML.Cli.Terminal;
using SegML.Cluster.Orders;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Video;

namespace SegML.Cli.Commands;

/// <summary><c>segml predict</c>: masks and overlays of images, folders and videos.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var inputs = new Argument<string[]>("input")
        {
            Description = "Images, videos (read by the ffmpeg program), and folders of them. Subfolders are not searched.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> output = SharedOptions.Out(
            "The folder for an image's NAME.png (class ids, indexed; of classes that overlap CLASS/NAME.png, 1 where the class is) and NAME.overlay.jpg (up to 100 million pixels), and a video's NAME.overlay.mp4.");
        Option<ComputeDevice> device = SharedOptions.Device();
        Option<string?> annotations = SharedOptions.Annotations("--annotations", "Also write the images' masks as annotations, to be corrected in a tool, in the folder annotations:");
        var masksOnly = new Option<bool>("--no-overlay") { Description = "Write masks only. Of a video, the mask of each frame: NAME.masks/NAME_000123.png." };
        var frameMasks = new Option<bool>("--frame-masks") { Description = "Also write the mask of each frame of a video: NAME.masks/NAME_000123.png." };
        var command = new Command("predict", "Write masks and overlays of images, folders and videos.") { model, inputs, output, device, masksOnly, frameMasks, annotations };
        var scores = new Option<bool>("--scores") { Description = "Also write each class's probability: NAME.scores/ID-CLASS.png, black 0 to white 1." };
        var uncertainty = new Option<bool>("--uncertainty") { Description = "Also write NAME.uncertainty.png: black where the class is certain, white where it could be any." };
        Option<bool> allowSkipped = SharedOptions.AllowSkipped("scored");
        command.Options.Add(allowSkipped);
        command.Options.Add(scores);
        command.Options.Add(uncertainty);
        var scoring = new ScoringOptions();
        scoring.AddTo(command);
        Option<string?> cluster = ClusterOption.Create("Leave the work to the workers of a cluster (segml cluster worker). Inputs are then also globs, and @FILE for lists; folders are searched with all below them.");
        var chunk = new Option<int?>("--chunk") { Description = "With --cluster: images that a worker takes at a time. Default: 64.", HelpName = "IMAGES" };
        command.Options.Add(cluster);
        command.Options.Add(chunk);
        command.Validators.Add(result =>
        {
            if (result.Readable(chunk) is < 1 or > 100_000)
            {
                result.AddError("--chunk is not 1 to 100000");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            string[] named = parsed.GetValue(inputs)!;
            SegmenterOptions options = scoring.Read(parsed) with { Device = parsed.GetValue(device) };
            var outputs = new BatchOutputs
            {
                Folder = parsed.GetValue(output)!,
                Overlays = !parsed.GetValue(masksOnly),
                Probabilities = parsed.GetValue(scores),
                Uncertainty = parsed.GetValue(uncertainty),
            };
            AnnotationExport? form = SharedOptions.AnnotationExport(parsed.GetValue(annotations));
            if (ClusterOption.Read(parsed, cluster) is { } storage)
            {
                if (form is not null)
                {
                    throw new ScoringOptionsException("--annotations", "cannot be made by a cluster", "leave it out");
                }
                var request = new ScoringRequest { Model = parsed.GetValue(model)!, Inputs = named, Outputs = outputs, Scoring = options, ChunkSize = parsed.GetValue(chunk) ?? 64 };
                return Task.FromResult(ClusterPrediction.Run(request, storage, parsed.GetValue(allowSkipped), cancellation));
            }
            return Task.FromResult(Run(parsed.GetValue(model)!, PredictInputs.List(named, outputs.Folder), options, outputs,
                parsed.GetValue(masksOnly) || parsed.GetValue(frameMasks), form, parsed.GetValue(allowSkipped), cancellation));
        });
        return command;
    }

    private static int Run(
        string model, PredictInputs inputs, SegmenterOptions options, BatchOutputs outputs, bool frameMasks, AnnotationExport? annotations, bool allowSkipped,
        CancellationToken cancellation)
    {
        if (outputs.NeedsScores && inputs.Images.Count == 0)
        {
            throw new ScoringOptionsException("--scores and --uncertainty", "are for images, and there are only videos", "leave them out, or score images from segml data frames");
        }
        if (annotations is not null && inputs.Images.Count == 0)
        {
            throw new ScoringOptionsException("--annotations", "is for images, and there are only videos", "leave it out, or score images from segml data frames");
        }
        if (Directory.Exists(model))
        {
            throw new ModelFormatException(model, "is a folder, not an ONNX file", $"name the file; a run is exported first: segml export {NextSteps.Quoted(model)} --out model.onnx");
        }
        using IDisposable protection = inputs.Protect(model, outputs);
        string annotated = Path.Combine(outputs.Folder, "annotations");
        SourceFiles.Keep(annotations is null ? [] : inputs.Images.SelectMany(image => annotations.FilesOf(annotated, Path.GetFileName(image))));
        foreach (string note in inputs.Notes)
        {
            Console.Error.WriteLine(note);
        }
        // Images side by side, a thread each, keep a processor busier than its threads side by side in one image: others are decoded and written meanwhile.
        bool sideBySide = inputs.Images.Count > 1 && inputs.Videos.Count == 0 && options is { Device: not ComputeDevice.Cuda, Threads: 0, Tiles: null };
        using Segmenter segmenter = Segmenter.Load(model, sideBySide ? options with { Threads = 1 } : options);
        if (segmenter.Fallback is { } fallback)
        {
            Console.Error.WriteLine($"segml: {model} is {fallback}");
        }
        if (annotations is not null && segmenter.Info.Classes.IsMultiLabel)
        {
            throw new ScoringOptionsException("--annotations", "is for models whose classes do not overlap", "leave it out; each class has a mask of its own");
        }
        var scoring = new BatchScoring(segmenter, outputs) { SideBySide = sideBySide && segmenter.Device == ComputeDevice.Cpu ? Environment.ProcessorCount : 1 };
        IReadOnlyList<BatchImage> scored = ScoreImages(scoring, inputs.Batch, outputs.Folder, cancellation);
        if (annotations is not null && scored.Count > 0)
        {
            // From the masks' files, one at a time: a folder of images is larger than memory.
            ClassSet ids = ByIds(segmenter.Info.Classes);
            var limits = new ImageReadOptions { MaxPixels = options.MaxPixels };
            string written = annotations.Write(annotated,
                scored.Select(image => (Path.GetFileName(image.File), MaskFile.Read(outputs.MaskOf(image.Name), ids, limits))));
            Console.WriteLine($"annotations in {written}");
        }
        var video = new VideoPrediction(segmenter, new VideoOutputs(outputs.Folder, outputs.Overlays, frameMasks), options.MaxPixels, cancellation);
        int videos = inputs.Videos.Count(file => ScoreVideo(video, file));
        int done = scored.Count + videos, all = inputs.Images.Count + inputs.Videos.Count;
        return done == all || (allowSkipped && done > 0) ? ExitCode.Done : ExitCode.BadInput;
    }

    private static IReadOnlyList<BatchImage> ScoreImages(BatchScoring scoring, IReadOnlyList<BatchImage> images, string folder, CancellationToken cancellation)
    {
        if (images.Count == 0)
        {
            return [];
        }
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<ImageOutcome> outcomes = WorkProgress.Run("predict", progress =>
        {
            int done = 0;
            return scoring.Run(images, journal: null, outcome =>
            {
                if ((outcome.Fault ?? outcome.Note) is { } line)
                {
                    progress.Line($"segml: {(outcome.Fault is null ? "" : "skipped: ")}{line}");
                }
                progress.Report(++done, images.Count);
            }, cancellation);
        });
        BatchImage[] scored = [.. outcomes.Where(o => o.Fault is null).Select(o => o.Image)];
        int failed = images.Count - scored.Length;
        string rest = failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {failed} skipped");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scored.Length.Of("image")} scored in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, in {folder}{rest}"));
        return scored;
    }

    private static bool ScoreVideo(VideoPrediction prediction, string file)
    {
        try
        {
            Console.WriteLine(WorkProgress.Run($"predict {Path.GetFileName(file)}", progress => prediction.Run(file, progress)));
            return true;
        }
        catch (Exception e) when (e is VideoFormatException or FfmpegException)
        {
            Console.Error.WriteLine($"segml: skipped: {e.Message}");
            return false;
        }
    }

    // The masks hold class ids, whatever values the data set's own masks have.
    private static ClassSet ByIds(ClassSet classes) =>
        new([.. classes.Classes.Select(c => c with { From = null })], classes.Ignore with { From = null }, classes.Source);
}
