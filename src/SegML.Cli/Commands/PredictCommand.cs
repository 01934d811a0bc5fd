using System.CommandLine;
using System.Globalization;
using SegML.Annotations;
using SegML.Cli.Terminal;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Cli.Commands;

/// <summary><c>segml predict</c>: masks and overlays of images and folders.</summary>
internal static class PredictCommand
{
    // An overlay takes the image whole, twice; and JPEG ends at 65535 pixels a side.
    private const long MostOverlayPixels = 100_000_000;
    private const int MostOverlaySide = 65535;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var inputs = new Argument<string[]>("input") { Description = "Images and folders of images.", Arity = ArgumentArity.OneOrMore };
        Option<string> output = SharedOptions.Out("The folder for NAME.png (class ids, indexed) and NAME.overlay.jpg (up to 100 million pixels).");
        Option<ComputeDevice> device = SharedOptions.Device();
        var coco = new Option<string?>("--coco") { Description = "Also write the masks' connected components as COCO JSON, for annotation tools.", HelpName = "FILE" };
        var masksOnly = new Option<bool>("--no-overlay") { Description = "Write masks only." };
        var command = new Command("predict", "Score images: a mask and an overlay each.") { model, inputs, output, device, masksOnly, coco };
        var scoring = new ScoringOptions();
        scoring.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(model)!, parsed.GetValue(inputs)!,
            parsed.GetValue(output)!, scoring.Read(parsed) with { Device = parsed.GetValue(device) }, !parsed.GetValue(masksOnly), parsed.GetValue(coco), cancellation)));
        return command;
    }

    private static int Run(string model, string[] inputs, string folder, SegmenterOptions options, bool overlays, string? coco, CancellationToken cancellation)
    {
        using Segmenter segmenter = Segmenter.Load(model, options);
        List<string> files = FilesOf(inputs);
        int failed = 0;
        var scored = new List<string>();
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        WorkProgress.Run("predict", progress =>
        {
            for (int i = 0; i < files.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    using SegmentationMask mask = segmenter.Predict(files[i]);
                    string path = MaskPath(folder, files[i]);
                    MaskFile.Write(path, mask);
                    if (overlays && HasOverlay(mask))
                    {
                        Draw(mask, files[i], Path.ChangeExtension(path, ".overlay.jpg"));
                    }
                    else if (overlays)
                    {
                        progress.Line($"segml: {files[i]} is {mask.Width}x{mask.Height}, too large for an overlay; its mask is written");
                    }
                    scored.Add(files[i]);
                }
                catch (ImageFormatException e)
                {
                    failed++;
                    progress.Line($"segml: skipped: {e.Message}");
                }
                progress.Report(i + 1, files.Count);
            }
            return 0;
        });
        if (coco is not null && scored.Count > 0)
        {
            // From the masks' files, one at a time: a folder of images is larger than memory.
            ClassSet ids = ByIds(segmenter.Info.Classes);
            var limits = new ImageReadOptions { MaxPixels = options.MaxPixels };
            CocoWriter.Write(coco, scored.Select(file => (Path.GetFileName(file), MaskFile.Read(MaskPath(folder, file), ids, limits))));
        }
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{files.Count - failed} images scored in {seconds:0.0} s, in {folder}{(failed == 0 ? "" : $"; {failed} skipped")}"));
        return failed == files.Count ? ExitCode.BadInput : ExitCode.Done;
    }

    private static bool HasOverlay(SegmentationMask mask) =>
        (long)mask.Width * mask.Height <= MostOverlayPixels && Math.Max(mask.Width, mask.Height) <= MostOverlaySide;

    private static void Draw(SegmentationMask mask, string file, string overlay)
    {
        using RgbaImage image = ImageFile.Read(file);
        using RgbaImage picture = Overlay.Draw(image, mask);
        ImageFile.Write(overlay, picture);
    }

    // The masks hold class ids, whatever values the data set's own masks have.
    private static ClassSet ByIds(ClassSet classes) =>
        new([.. classes.Classes.Select(c => c with { From = null })], classes.Ignore with { From = null }, classes.Source);

    private static string MaskPath(string folder, string file) => Path.Combine(folder, Path.GetFileNameWithoutExtension(file) + ".png");

    private static List<string> FilesOf(string[] inputs)
    {
        var files = new List<string>();
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
            {
                files.AddRange(Directory.EnumerateFiles(input)
                    .Where(ImageFile.HasExtension)
                    .Order(StringComparer.Ordinal));
            }
            else
            {
                files.Add(input);
            }
        }
        if (files.Count == 0)
        {
            throw new ImageFormatException(inputs[0], "holds no images", $"name files or folders of {string.Join(", ", ImageFile.Extensions)}");
        }
        IGrouping<string, string>? clash = files.GroupBy(f => Path.GetFileNameWithoutExtension(f)!).FirstOrDefault(g => g.Count() > 1);
        return clash is null
            ? files
            : throw new ImageFormatException(clash.ElementAt(1), $"would be written over the mask of {clash.First()}", "rename one, or score them into two folders");
    }
}
