using System.Globalization;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scenes.Roads;
using SegML.Scoring;
using SegML.Training.Data;

namespace SegML.Benchmarks;

/// <summary>
/// From files to batches and from annotations to masks, through what `segml train` and `segml data masks` run, against what cannot be left
/// out: decoding the same frames and masks to the same size, writing the same PNGs.
/// </summary>
internal static class DataBenchmark
{
    private const double SamplesOfDecoding = 0.6, MasksOfWriting = 0.7;

    // Frames that are drawn, then read again and again; and annotation files that a turn of the race does.
    private const int Distinct = 24, Turn = 100;

    public static int Run(Arguments arguments)
    {
        string folder = Directory.CreateTempSubdirectory("segml-data-").FullName;
        string? only = arguments.Text("part");
        bool held = true;
        try
        {
            if (only is null or "samples")
            {
                held &= Samples(folder, (480, 360), ".png", arguments);
                held &= Samples(folder, (1920, 1208), ".jpg", arguments);
            }
            if (only is null or "step")
            {
                held &= StepBenchmark.Run(Path.Combine(folder, "step"), arguments);
            }
            if (only is null or "masks")
            {
                held &= Masks(folder, arguments.Number("files", 8500), arguments.Number("scenes", 100));
            }
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The classes of the drawn scenes, all else as the pipeline file for CamVid has it.</summary>
    public static Pipeline Pipeline(Arguments arguments)
    {
        Pipeline camvid = PipelineFile.Read(arguments.Text("pipeline") ?? Path.Combine(BenchmarkModel.Repository, "pipelines", "camvid.json"));
        return camvid with { Classes = SceneClasses.Create() };
    }

    /// <summary>Decoded, augmented and batched, nothing cached, against decoded.</summary>
    private static bool Samples(string folder, (int Width, int Height) size, string extension, Arguments arguments)
    {
        Pipeline pipeline = Pipeline(arguments);
        // So many batches that the first and the last, which are made alone, weigh little.
        int cores = Environment.ProcessorCount, count = 16 * pipeline.Training.BatchSize * cores;
        IReadOnlyList<DatasetItem> drawn = DrawnData.Write(Path.Combine(folder, extension[1..]), Distinct, size, extension);
        var source = SampleSource.FromFiles([.. Enumerable.Range(0, count).Select(i => drawn[i % Distinct])], pipeline.Classes);
        using var cache = new SampleCache(source, pipeline.Input, 0);
        using var loader = new BatchLoader(cache, pipeline, cores);
        string what = string.Create(CultureInfo.InvariantCulture, $"samples of {size.Width}x{size.Height} {extension[1..].ToUpperInvariant()}, uncached");
        return Race.Run(what, count, arguments.Number("rounds", 12),
            _ => Parallel.For(0, count, i => Decode(source, i, pipeline.Input)),
            turn =>
            {
                foreach (Batch batch in loader.Epoch(turn, CancellationToken.None))
                {
                    batch.Dispose();
                }
            }, SamplesOfDecoding);
    }

    private static void Decode(SampleSource source, int index, InputOptions input)
    {
        (NetworkImage image, SegmentationMask mask) = source.Read(index, input);
        image.Dispose();
        mask.Dispose();
    }

    /// <summary>Supervisely files to mask files, against writing those. Both write whole files or none, to the disk.</summary>
    private static bool Masks(string folder, int files, int scenes)
    {
        ClassSet classes = SceneClasses.Create();
        string drawn = Path.Combine(folder, "scenes"), output = Path.Combine(folder, "masks");
        DrawnData.Write(drawn, scenes, (1920, 1208), ".jpg");
        string[] distinct = [.. Directory.EnumerateFiles(Path.Combine(drawn, "annotations")).Order()];
        SegmentationMask[] masks = [.. distinct.Select(path => AnnotationRasterizer.Draw(AnnotationFile.Read(path), classes))];
        // One more than the turns that count.
        int turns = Math.Max(1, files / Turn);
        for (int i = 0; i < (turns + 1) * Turn; i++)
        {
            string copy = Path.Combine(folder, "annotations", $"{i / Turn:000}", $"{i:00000}.json");
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(distinct[i % scenes], copy);
        }
        long bytes = distinct.Sum(f => new FileInfo(f).Length) / scenes;
        string what = string.Create(CultureInfo.InvariantCulture, $"masks of {turns * Turn} Supervisely files of {bytes >> 10} KB");
        return Race.Run(what, Turn, turns,
            turn => Parallel.For(0, Turn, i => MaskFile.Write(Path.Combine(output, "ceiling", $"{i:00000}.png"), masks[(turn * Turn + i) % scenes])),
            turn =>
            {
                (int written, int failed, _) = new AnnotationMasks(classes, Path.Combine(output, "segml")).Write(Path.Combine(folder, "annotations", $"{turn:000}"));
                if ((written, failed) != (Turn, 0))
                {
                    throw new InvalidOperationException($"{written} masks written, {failed} not");
                }
            }, MasksOfWriting);
    }
}
