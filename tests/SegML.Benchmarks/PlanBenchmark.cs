using System.Globalization;
using SegML.Pipelines;
using SegML.Scenes.Sets;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Planning;

namespace SegML.Benchmarks;

/// <summary>
/// Planned pipelines against the defaults on drawn sets of different kinds: both train for the same processor time, which other programs
/// do not shorten, and are compared by the mean IoU of the last epoch on the test split, which nothing was chosen on.
/// </summary>
internal static class PlanBenchmark
{
    private const int WantedWins = 8;

    // Iterations before the clock starts, and iterations that it measures.
    private const int WarmUp = 2, Timed = 6;

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
                string folder = Directory.CreateTempSubdirectory("segml-plan-").FullName;
                try
                {
                    Pipeline plain = Held(PipelineFile.Read(DrawnSetFiles.Write(set, folder, seed)), seed);
                    PipelinePlan plan = PipelinePlanner.Plan(plain, new PlanOptions { Minutes = seconds / 120.0, Machine = new PlanMachine(2, 16L << 30, HasGpu: false) });
                    File.WriteAllText(Path.Combine(folder, "planned.json"), PipelineFile.ToJson(plan.Pipeline));
                    Pipeline planned = PipelineFile.Read(Path.Combine(folder, "planned.json"), settings: overrides);
                    (double figure, int steps) first = defaults ? Train(plain, folder, "defaults", seconds) : (double.NaN, 0), second = Train(planned, folder, "planned", seconds);
                    sums[0] += first.figure;
                    sums[1] += second.figure;
                    AugmentationOptions crop = planned.Training.Augmentation;
                    how = string.Create(CultureInfo.InvariantCulture, $"{first.steps} and {second.steps}; {planned.Input.Width}x{planned.Input.Height}, crops {crop.CropWidth}x{crop.CropHeight}, ")
                        + $"batch {planned.Training.BatchSize}, {planned.Network.Options?.ToJsonString()}";
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
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

    private static (double Figure, int Steps) Train(Pipeline pipeline, string folder, string name, double seconds)
    {
        var options = new TrainerOptions { Device = ComputeDevice.Cpu, SamplesEvery = 0 };
        double pace = Pace(pipeline, Path.Combine(folder, name + "-pace"), options), iterations = seconds / pace;
        TrainingOptions training = pipeline.Training;
        int epoch = training.IterationsPerEpoch > 0 ? training.IterationsPerEpoch : Directory.GetFiles(Path.Combine(folder, "train", "images")).Length is var images
            ? Math.Max(1, images / Math.Min(images, training.BatchSize)) : 0;
        int epochs = Math.Max(1, (int)Math.Round(iterations / epoch));
        Pipeline timed = pipeline with { Training = training with { Epochs = epochs, ValidateEvery = epochs } };
        TrainingResult result = Trainer.Train(timed, Path.Combine(folder, name), options);
        return (result.BestMeanIoU, epochs * epoch);
    }

    /// <summary>Seconds of processor time of an iteration.</summary>
    private static double Pace(Pipeline pipeline, string folder, TrainerOptions options)
    {
        Pipeline timed = pipeline with { Training = pipeline.Training with { Epochs = 1, IterationsPerEpoch = WarmUp + Timed + 1, BatchSize = pipeline.Training.BatchSize } };
        using var stop = new CancellationTokenSource();
        Spent from = default, to = default;
        try
        {
            Trainer.Train(timed, folder, options, new Reports(p =>
            {
                if (p.Iteration == WarmUp)
                {
                    from = Spent.SoFar();
                }
                else if (p.Iteration == WarmUp + Timed)
                {
                    to = Spent.SoFar();
                    stop.Cancel();
                }
            }), stop.Token);
        }
        catch (OperationCanceledException)
        {
            // As planned.
        }
        return (to - from).Processor / 1000 / Timed;
    }

    private sealed class Reports(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
