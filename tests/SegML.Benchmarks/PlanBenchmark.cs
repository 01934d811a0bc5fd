using System.Globalization;
using SegML.Pipelines;
using SegML.Scenes.Sets;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Planning;

namespace SegML.Benchmarks;

/// <summary>
/// Planned pipelines against the defaults on drawn sets of different kinds: both train for the same processor time by the planner's model of costs, print what
/// it was, and are compared by the mean IoU of the last epoch on the test split, which nothing was chosen on.
/// </summary>
internal static class PlanBenchmark
{
    private const int WantedWins = 8;

    public static int Run(Arguments arguments)
    {
        string[] names = arguments.Text("sets")?.Split(',') ?? [.. DrawnSets.All.Select(s => s.Name)];
        int seconds = arguments.Number("seconds", 60), seeds = arguments.Number("seeds", 1), wins = 0;
        string[] overrides = arguments.Text("set")?.Split(' ') ?? [];
        bool defaults = arguments.Text("only") != "planned";
        Console.WriteLine($"{seconds} s of processor time a run, {seeds} seed(s); mean IoU on test");
        Console.WriteLine($"{"set",-12}{"defaults",10}{"planned",10}   updates of each; how");
        foreach (string name in names)
        {
            DrawnSet set = DrawnSets.Find(name);
            double[] sums = [0, 0];
            string how = "";
            for (int seed = 1; seed <= seeds; seed++)
            {
                string? kept = arguments.Text("folder");
                string folder = kept is null ? Directory.CreateTempSubdirectory("segml-plan-").FullName : Directory.CreateDirectory(Path.Combine(kept, $"{name}-{seed}")).FullName;
                try
                {
                    Pipeline plain = Held(PipelineFile.Read(DrawnSetFiles.Write(set, folder, seed)), seed);
                    PipelinePlan plan = PipelinePlanner.Plan(plain, new PlanOptions { Minutes = seconds / 120.0, Machine = new PlanMachine(2, 16L << 30, HasGpu: false) });
                    File.WriteAllText(Path.Combine(folder, "planned.json"), PipelineFile.ToJson(plan.Pipeline));
                    Pipeline planned = PipelineFile.Read(Path.Combine(folder, "planned.json"), settings: overrides);
                    (double figure, int steps, double took) first = defaults ? Train(plain, folder, "defaults", seconds) : (double.NaN, 0, 0), second = Train(planned, folder, "planned", seconds);
                    sums[0] += first.figure;
                    sums[1] += second.figure;
                    AugmentationOptions crop = planned.Training.Augmentation;
                    how = string.Create(CultureInfo.InvariantCulture, $"{first.steps} in {first.took:0} s and {second.steps} in {second.took:0} s; {planned.Input.Width}x{planned.Input.Height}, crops {crop.CropWidth}x{crop.CropHeight}, ")
                        + $"batch {planned.Training.BatchSize}, {planned.Network.Options?.ToJsonString()}";
                }
                finally
                {
                    if (kept is null)
                    {
                        Directory.Delete(folder, recursive: true);
                    }
                }
            }
            wins += sums[1] > sums[0] ? 1 : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12}{sums[0] / seeds,10:0.000}{sums[1] / seeds,10:0.000}   {how}"));
        }
        Console.WriteLine($"planned is better on {wins} of {names.Length}");
        return wins * 10 >= WantedWins * names.Length ? 0 : 1;
    }

    /// <summary>The pipeline with its test split for validation.</summary>
    private static Pipeline Held(Pipeline pipeline, int seed) => pipeline with
    {
        Data = pipeline.Data with { Splits = new Dictionary<string, SplitOptions> { ["train"] = pipeline.Data.Splits["train"], ["val"] = pipeline.Data.Splits["test"] } },
        Training = pipeline.Training with { Seed = seed },
    };

    /// <summary>Trains for the steps that fill the time by the planner's own model of costs, which knows fcn-light alone, the default, and says what it took.</summary>
    private static (double Figure, int Steps, double Seconds) Train(Pipeline pipeline, string folder, string name, double seconds)
    {
        TrainingOptions training = pipeline.Training;
        AugmentationOptions crop = training.Augmentation;
        int images = Directory.GetFiles(Path.Combine(folder, "train", "images")).Length;
        int batch = training.IterationsPerEpoch > 0 ? training.BatchSize : Math.Min(training.BatchSize, images);
        int epoch = training.IterationsPerEpoch > 0 ? training.IterationsPerEpoch : images / batch;
        double pixels = (double)batch * (crop.CropWidth > 0 ? crop.CropWidth : pipeline.Input.Width) * (crop.CropHeight > 0 ? crop.CropHeight : pipeline.Input.Height);
        double iterations = seconds / TrainingCost.Seconds(new PlanMachine(1, long.MaxValue, HasGpu: false), (int?)pipeline.Network.Options?["width"] ?? 16, pixels);
        int epochs = Math.Max(1, (int)Math.Round(iterations / epoch));
        Pipeline timed = pipeline with { Training = training with { Epochs = epochs, ValidateEvery = epochs } };
        Spent before = Spent.SoFar();
        TrainingResult result = Trainer.Train(timed, Path.Combine(folder, name), new TrainerOptions { Device = ComputeDevice.Cpu, SamplesEvery = 0 });
        return (result.BestMeanIoU, epochs * epoch, (Spent.SoFar() - before).Processor / 1000);
    }
}
