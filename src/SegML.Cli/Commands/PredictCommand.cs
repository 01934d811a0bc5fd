using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SegML.Annotations.Export;
using SegML.Cli.Prediction;
using SegML.Cli.Terminal;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Video;

namespace SegML.Cli.Commands;

/// <summary><c>segml predict</c>: masks and overlays of images, folders and videos.</summary>
internal static class PredictCommand
{
    // An overlay takes the image whole, twice; and JPEG ends at 65535 pixels a side.
    private const long MostOverlayPixels = 100_000_000;
    private const int MostOverlaySide = 65535;

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
        var allowSkipped = new Option<bool>("--allow-skipped") { Description = "Exit with 0 although inputs were skipped, as long as one was scored. Otherwise 2." };
        command.Options.Add(allowSkipped);
        command.Options.Add(scores);
        command.Options.Add(uncertainty);
        var scoring = new ScoringOptions();
        scoring.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(model)!,
            PredictInputs.List(parsed.GetValue(inputs)!, parsed.GetValue(output)!),
            scoring.Read(parsed) with { Device = parsed.GetValue(device) },
            new VideoOutputs(parsed.GetValue(output)!, !parsed.GetValue(masksOnly), parsed.GetValue(masksOnly) || parsed.GetValue(frameMasks)),
            SharedOptions.AnnotationExport(parsed.GetValue(annotations)),
            new ScoreOutputs(parsed.GetValue(scores), parsed.GetValue(uncertainty)),
            parsed.GetValue(allowSkipped),
            cancellation)));
        return command;
    }

    private static int Run(
        string model, PredictInputs inputs, SegmenterOptions options, VideoOutputs outputs, AnnotationExport? annotations, ScoreOutputs maps, bool allowSkipped,
        CancellationToken cancellation)
    {
        if (maps.Any && inputs.Images.Count == 0)
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
        using IDisposable protection = inputs.Protect(model, outputs.Folder, outputs.Overlays);
        foreach (string note in inputs.Notes)
        {
            Console.Error.WriteLine(note);
        }
        using Segmenter segmenter = Segmenter.Load(model, options);
        if (segmenter.Fallback is { } fallback)
        {
            Console.Error.WriteLine($"segml: {model} is {fallback}");
        }
        if (annotations is not null && segmenter.Info.Classes.IsMultiLabel)
        {
            throw new ScoringOptionsException("--annotations", "is for models whose classes do not overlap", "leave it out; each class has a mask of its own");
        }
        List<string> scored = ScoreImages(segmenter, inputs.Images, outputs, maps, cancellation);
        if (annotations is not null && scored.Count > 0)
        {
            // From the masks' files, one at a time: a folder of images is larger than memory.
            ClassSet ids = ByIds(segmenter.Info.Classes);
            var limits = new ImageReadOptions { MaxPixels = options.MaxPixels };
            string written = annotations.Write(Path.Combine(outputs.Folder, "annotations"), scored.Select(file => (Path.GetFileName(file), MaskFile.Read(PredictInputs.MaskOf(file, outputs.Folder), ids, limits))));
            Console.WriteLine($"annotations in {written}");
        }
        var video = new VideoPrediction(segmenter, outputs, options.MaxPixels, cancellation);
        int videos = inputs.Videos.Count(file => ScoreVideo(video, file));
        int done = scored.Count + videos, all = inputs.Images.Count + inputs.Videos.Count;
        return done == all || (allowSkipped && done > 0) ? ExitCode.Done : ExitCode.BadInput;
    }

    private static List<string> ScoreImages(Segmenter segmenter, IReadOnlyList<string> files, VideoOutputs outputs, ScoreOutputs maps, CancellationToken cancellation)
    {
        var scored = new List<string>();
        if (files.Count == 0)
        {
            return scored;
        }
        long started = Stopwatch.GetTimestamp();
        WorkProgress.Run("predict", progress =>
        {
            for (int i = 0; i < files.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    ScoreImage(segmenter, files[i], outputs, maps, progress, cancellation);
                    scored.Add(files[i]);
                }
                // What an image cannot be scored for; a full disk or a missing device would be every other image's too.
                catch (SegMLException e) when (e is not (OutputException or DeviceException))
                {
                    progress.Line(e is ImageFormatException ? $"segml: skipped: {e.Message}" : $"segml: skipped: {files[i]}: {e.Message}");
                }
                progress.Report(i + 1, files.Count);
            }
            return 0;
        });
        int failed = files.Count - scored.Count;
        string rest = failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {failed} skipped");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{scored.Count.Of("image")} scored in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, in {outputs.Folder}{rest}"));
        return scored;
    }

    private static void ScoreImage(Segmenter segmenter, string file, VideoOutputs outputs, ScoreOutputs maps, WorkProgress progress, CancellationToken cancellation)
    {
        SegmentationScores? scores = null;
        using SegmentationMask mask = maps.Any ? segmenter.Predict(file, out scores, cancellation) : segmenter.Predict(file, cancellation);
        using (scores)
        {
            maps.Write(file, scores!, outputs.Folder);
        }
        WriteMask(file, mask, outputs.Folder);
        if (outputs.Overlays && HasOverlay(mask))
        {
            using RgbaImage image = ImageFile.Read(file, new ImageReadOptions { LeastDecoded = 0 }); // It was accepted when it was scored.
            using RgbaImage picture = Overlay.Draw(image, mask);
            ImageFile.Write(PredictInputs.OverlayOf(file, outputs.Folder, ".jpg"), picture);
        }
        else if (outputs.Overlays)
        {
            progress.Line($"segml: {file} is {mask.Width}x{mask.Height}, too large for an overlay; its mask is written");
        }
    }

    // Classes that overlap have a mask each: 1 where the class is.
    private static void WriteMask(string file, SegmentationMask mask, string folder)
    {
        if (!mask.Classes.IsMultiLabel)
        {
            MaskFile.Write(PredictInputs.MaskOf(file, folder), mask);
            return;
        }
        foreach (SegmentationClass c in mask.Classes.Classes)
        {
            using SegmentationMask own = mask.Of(c.Id);
            MaskFile.Write(PredictInputs.ClassMaskOf(file, c.Name, folder), own);
        }
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

    private static bool HasOverlay(SegmentationMask mask) =>
        (long)mask.Width * mask.Height <= MostOverlayPixels && Math.Max(mask.Width, mask.Height) <= MostOverlaySide;

    // The masks hold class ids, whatever values the data set's own masks have.
    private static ClassSet ByIds(ClassSet classes) =>
        new([.. classes.Classes.Select(c => c with { From = null })], classes.Ignore with { From = null }, classes.Source);
}
