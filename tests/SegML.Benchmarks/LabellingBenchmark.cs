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
/// The labelling loop, simulated: a pool of drawn drives, each some frames of one scene, whose masks are revealed round by round, either those that
/// <see cref="LabelSuggestions"/> asks for or some at random. After each round a network is trained from the start on what is labelled, and measured on
/// scenes of other drives.
/// </summary>
internal static class LabellingBenchmark
{
    private const int Width = 128, Height = 96, Frames = 8, TestScenes = 60;

    public static int Run(Arguments arguments)
    {
        int drives = arguments.Number("drives", 60), round = arguments.Number("round", 8), rounds = arguments.Number("rounds", 4);
        int steps = arguments.Number("steps", 400), seeds = arguments.Number("seeds", 2);
        string[] ways = (arguments.Text("ways") ?? "random,suggested").Split(',');
        string folder = Directory.CreateTempSubdirectory("segml-labelling-").FullName;
        try
        {
            Draw(Path.Combine(folder, "test"), TestScenes, frames: 1, first: 10_000);
            string[] pool = Draw(Path.Combine(folder, "pool"), drives, Frames, first: 0);
            Console.WriteLine($"{pool.Length} images of {drives} drives; {round} at random, then {round} a round; mean IoU on {TestScenes} other scenes");
            Console.WriteLine($"{"way",-12}{string.Concat(Enumerable.Range(1, rounds).Select(r => $"{r * round,8}"))}");
            foreach (string way in ways)
            {
                var sums = new double[rounds];
                for (int seed = 1; seed <= seeds; seed++)
                {
                    double[] figures = Loop(folder, pool, way, round, rounds, steps, seed);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  seed {seed,-5}{string.Concat(figures.Select(f => $"{f,8:0.000}"))}"));
                    for (int i = 0; i < rounds; i++)
                    {
                        sums[i] += figures[i] / seeds;
                    }
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{way,-12}{string.Concat(sums.Select(f => $"{f,8:0.000}"))}"));
            }
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double[] Loop(string folder, string[] pool, string way, int round, int rounds, int steps, int seed)
    {
        var random = new Random(seed);
        // Both ways begin with the same images.
        var labelled = Pick(pool, round, random);
        var figures = new double[rounds];
        for (int r = 0; r < rounds; r++)
        {
            string run = Path.Combine(folder, $"{way}-{seed}-{r}");
            figures[r] = Train(folder, run, labelled, steps, seed);
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

    private static double Train(string folder, string run, string[] labelled, int steps, int seed)
    {
        string list = run + ".txt", file = run + ".json";
        File.WriteAllLines(list, labelled.Select(Path.GetFileName)!);
        File.WriteAllText(file, PipelineFile.ToJson(new Pipeline
        {
            Name = "labelling",
            Classes = SceneClasses.Create(),
            Data = new DataOptions
            {
                Root = folder,
                Splits = new Dictionary<string, SplitOptions>
                {
                    ["train"] = new() { Images = "pool/images", Masks = "pool/masks", List = Path.GetFileName(list) },
                    ["val"] = new() { Images = "test/images", Masks = "test/masks" },
                },
            },
            Input = new InputOptions { Width = Width, Height = Height },
            Network = new NetworkOptions { Name = "fcn-light" },
            Training = new TrainingOptions
            {
                Epochs = 4,
                IterationsPerEpoch = steps / 4,
                ValidateEvery = 4,
                BatchSize = 4,
                Seed = seed,
                LearningRate = 3e-3,
                WarmUpIterations = 40,
                Ema = 0.99,
                Augmentation = new AugmentationOptions { ScaleMin = 0.9, ScaleMax = 1.25, Brightness = 0.05, Contrast = 0.1, Saturation = 0.1 },
            },
        }));
        return Trainer.Train(PipelineFile.Read(file), run, new TrainerOptions { Device = ComputeDevice.Cpu, SamplesEvery = 0 }).BestMeanIoU;
    }

    // A drive's frames are windows of one wider scene, a few pixels apart.
    private static string[] Draw(string folder, int drives, int frames, int first)
    {
        const int Step = 2;
        string drawn = Path.Combine(folder, "drawn"), masks = Path.Combine(folder, "drawn-masks");
        var series = new SceneSeries { Seed = 7, First = first, Count = drives, Width = Width + Step * (Frames - 1), Height = Height, Extension = ".png" };
        IReadOnlyList<string> scenes = SceneFiles.Write(drawn, drawn, series);
        SceneFiles.WriteMasks(drawn, masks, SceneClasses.Create());
        var images = new List<string>();
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
                images.Add(Path.Combine(folder, "images", name));
                ImageFile.Write(images[^1], window);
                MaskFile.Write(Path.Combine(folder, "masks", name), ids);
            }
        }
        return [.. images];
    }
}
