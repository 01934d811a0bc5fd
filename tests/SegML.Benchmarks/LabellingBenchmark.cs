using System.Globalization;
using SegML.Images;
using SegML.Labelling;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scenes.Roads;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Models;

namespace SegML.Benchmarks;

/// <summary>
/// The labelling loop, simulated: a pool of images whose masks are revealed round by round, either those that <see cref="LabelSuggestions"/> asks for or some
/// at random. After each round a network is trained from the start on what is labelled, and measured on other images. The pool is drawn drives, each some
/// frames of one scene, or a pipeline's split "train", measured on "val".
/// </summary>
internal static class LabellingBenchmark
{
    private const int Width = 128, Height = 96, Frames = 8, TestScenes = 60;

    private static readonly AugmentationOptions _augmentation = new() { ScaleMin = 0.9, ScaleMax = 1.25, Brightness = 0.05, Contrast = 0.1, Saturation = 0.1 };

    public static int Run(Arguments arguments)
    {
        int round = arguments.Number("round", 8), rounds = arguments.Number("rounds", 4), steps = arguments.Number("steps", 400), seeds = arguments.Number("seeds", 2), first = arguments.Number("seed", 1);
        string[] ways = (arguments.Text("ways") ?? "random,suggested").Split(',');
        string folder = Directory.CreateTempSubdirectory("segml-labelling-").FullName;
        try
        {
            Pipeline task = arguments.Text("pipeline") is { } file ? Of(file, arguments) : Drawn(folder, arguments.Number("drives", 60));
            string[] pool = [.. Directory.GetFiles(Path.Combine(task.Data.Root!, task.Data.Splits["train"].Images)).Order(StringComparer.Ordinal)];
            Console.WriteLine($"{pool.Length} images; {round} at random, then {round} a round; mean IoU on {task.Data.Splits["val"].Images}, {seeds} seeds");
            Console.WriteLine($"{"way",-12}{string.Concat(Enumerable.Range(1, rounds).Select(r => $"{r * round,8}"))}");
            double[] random = [];
            foreach (string way in ways)
            {
                var means = new double[rounds];
                for (int seed = first; seed < first + seeds; seed++)
                {
                    double[] figures = Loop(task, folder, pool, way, round, rounds, steps, seed);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  seed {seed,-5}{string.Concat(figures.Select(f => $"{f,8:0.000}"))}"));
                    for (int i = 0; i < rounds; i++)
                    {
                        means[i] += figures[i] / seeds;
                    }
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{way,-12}{string.Concat(means.Select(f => $"{f,8:0.000}"))}"));
                if (way == "random")
                {
                    random = means;
                }
                else if (random.Length > 0)
                {
                    Console.WriteLine($"  random takes{string.Concat(means.Select(f => $"{Labels(random, f, round),8}"))}  labels for the same");
                }
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>How many labels a way takes to reach a figure, between the rounds that it was measured at.</summary>
    private static string Labels(double[] means, double figure, int round)
    {
        int i = Array.FindIndex(means, m => m >= figure);
        double labels = i < 0 ? means.Length : i == 0 ? 1 : i + (figure - means[i - 1]) / (means[i] - means[i - 1]);
        return string.Create(CultureInfo.InvariantCulture, $"{(i < 0 ? ">" : "")}{labels * round:0}");
    }

    private static Pipeline Drawn(string folder, int drives)
    {
        Draw(Path.Combine(folder, "test"), TestScenes, frames: 1, first: 10_000);
        Draw(Path.Combine(folder, "pool"), drives, Frames, first: 0);
        return new Pipeline
        {
            Name = "labelling",
            Classes = SceneClasses.Create(),
            Data = new DataOptions
            {
                Root = folder,
                Splits = new Dictionary<string, SplitOptions>
                {
                    ["train"] = new() { Images = "pool/images", Masks = "pool/masks" },
                    ["val"] = new() { Images = "test/images", Masks = "test/masks" },
                },
            },
            Input = new InputOptions { Width = Width, Height = Height },
            Network = new NetworkOptions { Name = "fcn-light" },
            Training = new TrainingOptions { Augmentation = _augmentation },
        };
    }

    /// <summary>A pipeline's classes, data and network, at a size that leaves time for many trainings.</summary>
    private static Pipeline Of(string file, Arguments arguments)
    {
        Pipeline pipeline = PipelineFile.Read(file, arguments.Text("data"));
        (int width, int height) = arguments.Size("image-size") ?? (240, 180);
        return pipeline with
        {
            Data = pipeline.Data with { Root = Path.GetFullPath(pipeline.Data.Root!) },
            Input = pipeline.Input with { Width = width, Height = height },
            Training = new TrainingOptions { Augmentation = _augmentation with { ScaleMin = 0.8, ScaleMax = 1.5, Flip = 0.5 } },
        };
    }

    private static double[] Loop(Pipeline task, string folder, string[] pool, string way, int round, int rounds, int steps, int seed)
    {
        var random = new Random(seed);
        // All ways begin with the same images.
        var labelled = Pick(pool, round, random);
        var figures = new double[rounds];
        for (int r = 0; r < rounds; r++)
        {
            string run = Path.Combine(folder, $"{way}-{seed}-{r}");
            figures[r] = Train(task, run, labelled, steps, seed);
            string[] left = [.. pool.Except(labelled)];
            if (r < rounds - 1)
            {
                labelled = [.. labelled, .. way == "random" ? Pick(left, round, random) : Suggested(run, left, round, way)];
            }
        }
        return figures;
    }

    private static string[] Pick(string[] from, int count, Random random) => [.. from.OrderBy(_ => random.NextDouble()).Take(count)];

    // "suggested", or the same without diversity: "entropy"; or by another measure.
    private static string[] Suggested(string run, string[] left, int count, string way)
    {
        string model = run + ".onnx";
        ModelExport.Export(run, model);
        using Segmenter segmenter = Segmenter.Load(model);
        return [.. LabelSuggestions.Rank(segmenter, left, new SuggestionOptions
        {
            Count = count,
            Diversity = way == "entropy" ? 0 : 1,
            Measure = way switch { "margin" => InformationMeasure.Margin, "disagreement" => InformationMeasure.Disagreement, _ => InformationMeasure.Entropy },
        }).Select(s => s.Path)];
    }

    private static double Train(Pipeline task, string run, string[] labelled, int steps, int seed)
    {
        string list = run + ".txt", file = run + ".json";
        File.WriteAllLines(list, labelled.Select(Path.GetFileName)!);
        var splits = task.Data.Splits.ToDictionary();
        splits["train"] = splits["train"] with { List = list };
        File.WriteAllText(file, PipelineFile.ToJson(task with
        {
            Data = task.Data with { Splits = splits },
            Training = task.Training with
            {
                Epochs = 4,
                IterationsPerEpoch = steps / 4,
                ValidateEvery = 4,
                BatchSize = 4,
                Seed = seed,
                LearningRate = 3e-3,
                WarmUpIterations = 40,
                Ema = 0.99,
            },
        }));
        return Trainer.Train(PipelineFile.Read(file), run, new TrainerOptions { Device = ComputeDevice.Cpu, SamplesEvery = 0 }).BestMeanIoU;
    }

    // A drive's frames are windows of one wider scene, a few pixels apart.
    private static void Draw(string folder, int drives, int frames, int first)
    {
        const int Step = 2;
        string drawn = Path.Combine(folder, "drawn"), masks = Path.Combine(folder, "drawn-masks");
        var series = new SceneSeries { Seed = 7, First = first, Count = drives, Width = Width + Step * (Frames - 1), Height = Height, Extension = ".png" };
        IReadOnlyList<string> scenes = SceneFiles.Write(drawn, drawn, series);
        SceneFiles.WriteMasks(drawn, masks, SceneClasses.Create());
        foreach (string scene in scenes)
        {
            using RgbaImage image = ImageFile.Read(scene);
            using SegmentationMask mask = MaskFile.Read(Path.Combine(masks, Path.GetFileName(scene)), SceneClasses.Create());
            for (int f = 0; f < frames; f++)
            {
                string name = $"{Path.GetFileNameWithoutExtension(scene)}-{f}.png";
                using var window = new RgbaImage(Width, Height);
                using var ids = new SegmentationMask(Width, Height, mask.Classes);
                for (int y = 0; y < Height; y++)
                {
                    image.Row(y).Slice(4 * Step * f, 4 * Width).CopyTo(window.Row(y));
                    mask.Ids.Slice(y * mask.Width + Step * f, Width).CopyTo(ids.Ids[(y * Width)..]);
                }
                ImageFile.Write(Path.Combine(folder, "images", name), window);
                MaskFile.Write(Path.Combine(folder, "masks", name), ids);
            }
        }
    }
}
