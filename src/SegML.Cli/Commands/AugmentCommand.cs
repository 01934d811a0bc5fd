using System.CommandLine;
using System.Globalization;
using SegML.Cli.Terminal;
using SegML.Datasets;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Cli.Commands;

/// <summary><c>segml data augment</c>: what training makes of the samples, as a picture to look at or as an enlarged data set.</summary>
internal static class AugmentCommand
{
    private const int SheetSamples = 4;

    public static Command Create()
    {
        Argument<string> pipeline = SharedOptions.Pipeline();
        Option<string?> data = SharedOptions.Data();
        Option<string> output = SharedOptions.Out("The folder for the contact sheet, or for the enlarged set.");
        var split = new Option<string>("--split") { Description = "The split of the pipeline file.", DefaultValueFactory = _ => "train", HelpName = "NAME" };
        var count = new Option<int>("--count")
        {
            Description = "Write an enlarged set instead of a sheet: this many versions of each sample, as images/*.png and masks/*.png.",
            HelpName = "N",
        };
        var versions = new Option<int>("--versions") { Description = "Versions of each sample on the sheet.", DefaultValueFactory = _ => 5, HelpName = "N" };
        var settings = new Option<string[]>("--set")
        {
            Description = "Change a value of the pipeline file: --set training.augmentation.rotation=10. May be given several times.",
            HelpName = "KEY=VALUE",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("augment", "Show what training makes of the samples, or write an enlarged set.") { pipeline, data, split, output, versions, count, settings };
        command.Validators.Add(result =>
        {
            if (IsBelowOne(count) || IsBelowOne(versions))
            {
                result.AddError("--count and --versions are at least 1");
            }

            bool IsBelowOne(Option<int> option) => result.GetResult(option) is { Implicit: false } && result.Readable(option) < 1;
        });
        command.SetAction((parsed, cancellation) =>
        {
            Pipeline read = PipelineFile.Read(parsed.GetValue(pipeline)!, parsed.GetValue(data), parsed.GetValue(settings));
            IReadOnlyList<DatasetItem> items = Dataset.List(read, parsed.GetValue(split)!);
            var augmenter = new SampleAugmenter(read, SampleSource.FromFiles(items, read.Classes));
            string folder = parsed.GetValue(output)!;
            return Task.FromResult(parsed.GetValue(count) is > 0 and int each
                ? WriteSet(read, augmenter, items, folder, each, cancellation)
                : WriteSheet(read, augmenter, folder, parsed.GetValue(versions)));
        });
        return command;
    }

    private static int WriteSheet(Pipeline pipeline, SampleAugmenter augmenter, string folder, int versions)
    {
        string path = Path.Combine(folder, "augment.png");
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), path);
        using RgbaImage sheet = ContactSheet.Draw(augmenter, SheetSamples, versions);
        ImageFile.Write(path, sheet);
        Console.WriteLine($"{path}: the samples on the left, {versions} augmented versions of each beside them");
        return ExitCode.Done;
    }

    private static int WriteSet(
        Pipeline pipeline, SampleAugmenter augmenter, IReadOnlyList<DatasetItem> items, string folder, int each, CancellationToken cancellation)
    {
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline), items.SelectMany(item => Enumerable.Range(0, each)
            .SelectMany(epoch => new[] { "images", "masks" }.Select(part => Path.Combine(folder, part, VersionOf(item, epoch))))));
        int done = 0, all = checked(items.Count * each);
        WorkProgress.Run("augment", progress =>
        {
            Parallel.For(0, items.Count, new ParallelOptions { CancellationToken = cancellation }, index =>
            {
                for (int epoch = 0; epoch < each; epoch++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    string name = VersionOf(items[index], epoch);
                    (RgbaImage image, SegmentationMask mask) = augmenter.Draw(index, epoch);
                    using (image)
                    {
                        ImageFile.Write(Path.Combine(folder, "images", name), image);
                        MaskFile.Write(Path.Combine(folder, "masks", name), mask);
                    }
                    progress.Report(Interlocked.Increment(ref done), all);
                }
            });
            return 0;
        });
        Console.WriteLine($"{all.Of("sample")} of {augmenter.Width}x{augmenter.Height} in {folder}: images, and masks of class ids");
        return ExitCode.Done;
    }

    private static string VersionOf(DatasetItem item, int epoch) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(item.ImagePath)}_{epoch:0000}.png");
}
