using System.Globalization;
using SegML.Scoring;
using SegML.Training;

namespace SegML.Benchmarks;

/// <summary>
/// A training step: our trainer, with loader, augmentation, loss, optimizer and average, against bare loops that have their tensors
/// ready. In each round the trainer trains an epoch and then, while it waits with no batch under way, each other contender takes as
/// many steps; whatever else the machine does hits all of them. The first steps of each turn are not timed: the trainer's queue of
/// batches fills up, threads wake. Half of the loop's cost may be the loss, so its resolution is the same for all: full, and then, as the
/// trainer has it for most of a run, half.
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
            using (var bare = new BareLoop(task, half: false))
            using (var tutorial = new TutorialLoop(task))
            using (PythonLoop? python = PythonLoop.Start(task, arguments.Text("python"), Console.WriteLine))
            {
                List<(TrainingLoop, double)> peers = [(bare, LeastOfBare), (tutorial, LeastOfTutorial)];
                if (python is not null)
                {
                    peers.Add((python, LeastOfPython));
                }
                held &= Compare(task, half: false, peers, rounds, steps, folder);
            }
            using (var bare = new BareLoop(task, half: true))
            {
                held &= Compare(task, half: true, [(bare, LeastOfBare)], rounds, steps, folder);
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

    private static bool Compare(TrainingTask task, bool half, List<(TrainingLoop Loop, double Least)> peers, int rounds, int steps, string folder)
    {
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
                for (int i = 0; i < peers.Count; i++)
                {
                    int p = (i + step.Epoch) % peers.Count;
                    peers[p].Loop.Take(WarmUp);
                    theirs[p].Add(peers[p].Loop.Take(steps) / (steps * task.Batch));
                }
            }
        });

        Console.WriteLine($"loss at {(half ? "half" : "full")} resolution, medians an image:");
        Console.WriteLine($"  {"",-40}{"ms",8}{"ms of processor",18}");
        Print("SegML's trainer", ours);
        for (int p = 0; p < peers.Count; p++)
        {
            Print(peers[p].Loop.Name, theirs[p]);
        }
        bool held = true;
        for (int p = 0; p < peers.Count; p++)
        {
            // The first round is warm-up too.
            double ratio = Statistics.MedianRatio(theirs[p].Skip(1).Select(s => s.Elapsed), ours.Skip(1).Select(s => s.Elapsed));
            held &= Holds($"throughput of SegML's trainer, of {peers[p].Loop.Name}", ratio, peers[p].Least, atMost: false);
        }
        return held;
    }

    private static void Print(string name, List<Spent> rounds) =>
        Console.WriteLine($"  {name,-40}{Statistics.Median(rounds.Skip(1).Select(s => s.Elapsed)),8:0.0}{Statistics.Median(rounds.Skip(1).Select(s => s.Processor)),18:0.0}");

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
