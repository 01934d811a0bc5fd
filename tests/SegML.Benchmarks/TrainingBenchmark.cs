using System.Globalization;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;

namespace SegML.Benchmarks;

/// <summary>
/// A training step: our trainer, with loader, augmentation, loss, optimizer and average, against bare loops that have their tensors
/// ready. In each round the trainer trains an epoch and then, while it waits with no batch under way, each other contender takes as
/// many steps; whatever else the machine does hits all of them. The first steps of each turn are not timed: the trainer's queue of
/// batches fills up, threads wake. Much of a step is the loss, which the trainer takes at half resolution for most of a run and at full
/// for the rest: both are measured, against a bare loop with the same loss, and against code that knows full resolution only.
/// Verdicts are over time that passed; the processes' CPU time stands beside it and, on a quiet machine, agrees.
/// </summary>
internal static class TrainingBenchmark
{
    private const double LeastOfBare = 0.95, LeastOfTutorial = 1.5, LeastOfPython = 1, MostGrowth = 1.05;

    // One more than the batches that the trainer's loader has ahead.
    private const int WarmUp = 3;

    public static int Run(Arguments arguments)
    {
        (int width, int height) = arguments.Size("crop") ?? (384, 288);
        int rounds = arguments.Number("rounds", 5), steps = arguments.Number("steps", 8);
        var task = new TrainingTask(arguments.Text("network") ?? "fcn-light", width, height, arguments.Number("batch", 8));
        Console.WriteLine($"{task.Network}, {task.Classes} classes, crops of {width}x{height}, batches of {task.Batch}, {Environment.ProcessorCount} processors, "
            + $"{rounds} rounds of {steps} steps");
        string folder = Directory.CreateTempSubdirectory("segml-training-").FullName;
        try
        {
            bool held = Memory(task, folder);
            using PythonLoop? python = PythonLoop.Start(task, arguments.Text("python"), Console.WriteLine);
            using var tutorial = new TutorialLoop(task);
            TrainingLoop[] outsiders = python is null ? [tutorial] : [tutorial, python];
            double[] full = Compare(task, half: false, outsiders, rounds, steps, folder, ref held);
            double[] half = Compare(task, half: true, outsiders, rounds, steps, folder, ref held);
            // A run has its loss at half resolution for this share of its steps, at full resolution for the rest.
            double share = new TrainingOptions().HalfResolutionShare;
            for (int i = 0; i < outsiders.Length; i++)
            {
                held &= Holds($"throughput of a whole run of SegML's trainer, {share:0%} of it at half resolution, of {outsiders[i].Name}",
                    1 / (share / half[i] + (1 - share) / full[i]), i == 0 ? LeastOfTutorial : LeastOfPython, atMost: false);
            }
            return held ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The peak of each epoch of a run. It rises while allocators and caches fill; later nothing may gather.</summary>
    private static bool Memory(TrainingTask task, string folder)
    {
        const int Epochs = 20, Batches = 2;
        var peaks = new List<double>();
        Train(task, half: true, Epochs, Batches, Path.Combine(folder, "memory"), step =>
        {
            if (step.Iteration % Batches == 0)
            {
                peaks.Add(ResidentMemory.Peak());
                ResidentMemory.ResetPeak();
            }
        });
        Console.WriteLine($"peak resident memory by epoch, MB: {string.Join(" ", peaks.Select(p => p.ToString("0", CultureInfo.InvariantCulture)))}");
        return Holds("peak memory of the last five epochs, of the five before them", peaks[^5..].Average() / peaks[^10..^5].Average(), MostGrowth, atMost: true);
    }

    /// <summary>Compares at one resolution of the trainer's loss, and judges against the bare loop, which has the same.</summary>
    /// <returns>The trainer's throughput, of each outsider's, whose loss is at full resolution always.</returns>
    private static double[] Compare(TrainingTask task, bool half, TrainingLoop[] outsiders, int rounds, int steps, string folder, ref bool held)
    {
        using var bare = new BareLoop(task, half);
        TrainingLoop[] peers = [bare, .. outsiders];
        var ours = new List<Spent>();
        List<Spent>[] theirs = [.. peers.Select(_ => new List<Spent>())];
        Spent before = default;
        Train(task, half, rounds + 1, WarmUp + steps, Path.Combine(folder, half ? "half" : "full"), step =>
        {
            int done = step.Iteration % (WarmUp + steps);
            if (done == WarmUp)
            {
                before = Spent.SoFar();
            }
            if (done == 0)
            {
                ours.Add((Spent.SoFar() - before) / (steps * task.Batch));
                for (int i = 0; i < peers.Length; i++)
                {
                    int p = (i + step.Epoch) % peers.Length;
                    peers[p].Take(WarmUp);
                    theirs[p].Add(peers[p].Take(steps) / (steps * task.Batch));
                }
            }
        });

        Console.WriteLine($"the trainer's loss at {(half ? "half" : "full")} resolution, medians an image:");
        Console.WriteLine($"  {"",-40}{"ms",8}{"ms of processor",18}{"trainer's throughput, of it",30}{"by processor",14}");
        Print("SegML's trainer", ours);
        double[] ratios = [.. peers.Select((peer, p) => Print(peer.Name, theirs[p], ours))];
        held &= Holds($"throughput of SegML's trainer, of the {bare.Name}", ratios[0], LeastOfBare, atMost: false);
        return ratios[1..];
    }

    /// <summary>Prints a row. The first round is warm-up too.</summary>
    /// <returns>The trainer's throughput, of its.</returns>
    private static double Print(string name, List<Spent> rounds, List<Spent>? ours = null)
    {
        Console.Write($"  {name,-40}{Median(s => s.Elapsed),8:0.0}{Median(s => s.Processor),18:0.0}");
        double ratio = ours is null ? 1 : Ratio(s => s.Elapsed);
        Console.WriteLine(ours is null ? "" : $"{ratio,30:0.00}{Ratio(s => s.Processor),14:0.00}");
        return ratio;

        double Median(Func<Spent, double> figure) => Statistics.Median(rounds.Skip(1).Select(figure));

        double Ratio(Func<Spent, double> figure) => Statistics.MedianRatio(rounds.Skip(1).Select(figure), ours.Skip(1).Select(figure));
    }

    private static void Train(TrainingTask task, bool half, int epochs, int batches, string folder, Action<TrainingProgress> after) =>
        Trainer.Train(task.Pipeline(half, epochs), task.Samples(batches * task.Batch), null, folder,
            new TrainerOptions { Device = ComputeDevice.Cpu, Workers = WarmUp - 1 }, new Direct(after));

    private static bool Holds(string what, double value, double bound, bool atMost)
    {
        bool holds = atMost ? value <= bound : value >= bound;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(holds ? "ok  " : "MISS")} {what}: {value:0.00} (at {(atMost ? "most" : "least")} {bound})"));
        return holds;
    }

    /// <summary>On the trainer's own thread, which waits.</summary>
    private sealed class Direct(Action<TrainingProgress> after) : IProgress<TrainingProgress>
    {
        private int _last;

        public void Report(TrainingProgress value)
        {
            // The last epoch's report comes twice: after its last iteration, and when it is written.
            if (value.Iteration > _last)
            {
                _last = value.Iteration;
                after(value);
            }
        }
    }
}
