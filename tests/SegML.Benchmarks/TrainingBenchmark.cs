using System.Globalization;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;

namespace SegML.Benchmarks;

/// <summary>
/// A training step: our trainer, with loader, augmentation, loss, optimizer and average, against bare loops that have their tensors
/// ready. In each round the trainer trains an epoch and then, while it waits with no batch under way, each other contender takes as
/// many steps; whatever else the machine does hits all of them. The first steps of each turn are not timed: the trainer's queue of
/// batches fills up, threads wake. Verdicts are over time that passed; the processes' CPU time stands beside it and, on a quiet machine, agrees.
/// </summary>
internal static class TrainingBenchmark
{
    private const double MostGrowth = 1.05;

    // Of the bare loop, the tutorial's and Python's.
    private static readonly double[] Least = [0.95, 1.5, 1];

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
            using var bare = new BareLoop(task);
            using var tutorial = new TutorialLoop(task);
            using PythonLoop? python = PythonLoop.Start(task, arguments.Text("python"), Console.WriteLine);
            held &= Compare(task, python is null ? [bare, tutorial] : [bare, tutorial, python], rounds, steps, folder);
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
        Train(task, Epochs, Batches, Path.Combine(folder, "memory"), step =>
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

    /// <returns>Whether the trainer is as fast as it must be, by each of the peers.</returns>
    private static bool Compare(TrainingTask task, TrainingLoop[] peers, int rounds, int steps, string folder)
    {
        var ours = new List<Spent>();
        List<Spent>[] theirs = [.. peers.Select(_ => new List<Spent>())];
        Spent before = default;
        Train(task, rounds + 1, WarmUp + steps, Path.Combine(folder, "run"), step =>
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

        Console.WriteLine($"  {"medians an image",-40}{"ms",8}{"ms of processor",18}{"trainer's throughput, of it",30}{"by processor",14}");
        Print("SegML's trainer", ours);
        double[] ratios = [.. peers.Select((peer, p) => Print(peer.Name, theirs[p], ours))];
        bool held = true;
        for (int p = 0; p < peers.Length; p++)
        {
            held &= Holds($"throughput of SegML's trainer, of {peers[p].Name}", ratios[p], Least[p], atMost: false);
        }
        return held;
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

    private static void Train(TrainingTask task, int epochs, int batches, string folder, Action<TrainingProgress> after) =>
        Trainer.Train(task.Pipeline(epochs), task.Samples(batches * task.Batch), null, folder,
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
