using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Tuning;

namespace SegML.Tests.Training;

[TestClass]
public sealed class TunerTests
{
    private static readonly TunerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    [TestMethod]
    public void ASearchHalvesItsTrialsAndLeavesAllOfItsFiles()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(BoxSceneFiles.Write(folder, Searching));
        string search = folder.File("search");
        TuningResult result = Tuner.Run(pipeline, search, OnCpu);

        CollectionAssert.AreEqual(new[] { 4, 2, 2, 2 }, result.Trials.Select(t => t.Epochs).ToArray());
        Assert.IsTrue(result.Trials.Skip(1).Zip(result.Trials.Skip(2)).All(p => p.First.MeanIoU >= p.Second.MeanIoU));
        string[] lines = File.ReadAllLines(result.Leaderboard);
        Assert.AreEqual("rank,trial,epochs,bestEpoch,val mean IoU,valMeanIoU,training.learningRate,network.options.width,fault", lines[0]);
        Assert.HasCount(5, lines);

        // A trial is an ordinary run of the pipeline that best.json holds; left early, it can be gone on with to the end.
        TrialResult best = result.Trials[0];
        Pipeline written = PipelineFile.Read(result.BestPipeline);
        Assert.IsNull(written.Tune);
        Assert.AreEqual(best.Settings[1], $"network.options.width={(int)written.Network.Options!["width"]!}");
        using var straight = new TemporaryFolder();
        TrainingResult alone = Trainer.Train(written, straight.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(Path.Combine(best.RunFolder, "last.dat")));
        Assert.AreEqual(alone.BestMeanIoU, best.MeanIoU, 1e-5);
    }

    [TestMethod]
    public void AStoppedSearchEndsAsOneThatWasNot()
    {
        using TemporaryFolder folder = new(), stoppedFolder = new();
        Pipeline pipeline = PipelineFile.Read(BoxSceneFiles.Write(folder, Searching));
        TuningResult straight = Tuner.Run(pipeline, folder.File("straight"), OnCpu);

        // Stopped as the fourth trial begins.
        using var cancel = new CancellationTokenSource();
        string stopped = folder.File("stopped");
        int seen = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() => Tuner.Run(pipeline, stopped, OnCpu, new Each(_ =>
        {
            if (++seen == 3)
            {
                cancel.Cancel();
            }
        }), cancel.Token));
        Assert.IsTrue(File.Exists(Path.Combine(stopped, "leaderboard.csv")));
        Assert.Contains("--resume", Assert.ThrowsExactly<OutputException>(() => Tuner.Run(pipeline, stopped, OnCpu)).Message);

        var trained = new List<int>();
        TuningResult resumed = Tuner.Run(pipeline, stopped, OnCpu with
        {
            Resume = true,
            Launch = (order, stop) =>
            {
                trained.Add(order.Trial);
                Tuner.Train(order, stop);
                return Task.CompletedTask;
            },
        });
        Assert.AreEqual(File.ReadAllText(straight.Leaderboard), File.ReadAllText(resumed.Leaderboard));
        // The three that were done stay as they are; the fourth, and the winner's further epochs, are new.
        CollectionAssert.AreEqual(new[] { 3, straight.Trials[0].Trial }, trained);
        CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(straight.Trials[0].RunFolder, "last.dat")),
            File.ReadAllBytes(Path.Combine(resumed.Trials[0].RunFolder, "last.dat")));

        // Once more finds all of it done, also with more trials to come.
        trained.Clear();
        Pipeline more = pipeline with { Tune = pipeline.Tune! with { Trials = 5 } };
        Tuner.Run(more, stopped, OnCpu with { Resume = true });
        Assert.HasCount(6, File.ReadAllLines(resumed.Leaderboard));
        Pipeline other = pipeline with { Training = pipeline.Training with { Seed = 99 } };
        Assert.Contains("another pipeline", Assert.ThrowsExactly<ModelFormatException>(() => Tuner.Run(other, stopped, OnCpu with { Resume = true })).Message);
    }

    [TestMethod]
    public void ATrialThatDivergesIsLastAndTheOthersGoOn()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(BoxSceneFiles.Write(folder, p => Searching(p, 2, new TuneRange { Values = [1e-3, 1e30] }) with
        {
            Training = p.Training with { Optimizer = OptimizerKind.Sgd, WarmUpIterations = 0, Epochs = 2 },
        }));
        // The seed that draws both values.
        int seed = Enumerable.Range(1, 99).First(s => new SearchSpace(pipeline.Tune! with { Seed = s }) is var space
            && space.Draw(0)[0] != space.Draw(1)[0]);
        TuningResult result = Tuner.Run(pipeline with { Tune = pipeline.Tune! with { Seed = seed, Halving = 0 } }, folder.File("search"), OnCpu);
        Assert.IsNull(result.Trials[0].Fault);
        Assert.Contains("training.learningRate", result.Trials[1].Fault!);
        Assert.Contains("1E+30", File.ReadAllLines(result.Leaderboard)[2], StringComparison.OrdinalIgnoreCase);
    }

    [TestMethod]
    public void WithoutRangesOrValidationItSaysSo()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(BoxSceneFiles.Write(folder));
        Assert.Contains("tune part", Assert.ThrowsExactly<PipelineFormatException>(() => Tuner.Run(pipeline, folder.File("a"), OnCpu)).Message);
        Pipeline blind = Searching(pipeline) with
        {
            Data = pipeline.Data with { Splits = pipeline.Data.Splits.Where(s => s.Key == "train").ToDictionary() },
        };
        Assert.Contains("\"val\"", Assert.ThrowsExactly<PipelineFormatException>(() => Tuner.Run(blind, folder.File("a"), OnCpu)).Message);
        Assert.IsFalse(Directory.Exists(folder.File("a")));
    }

    internal static Pipeline Searching(Pipeline pipeline) => Searching(pipeline, 4, new TuneRange { Min = 1e-3, Max = 3e-2, Log = true });

    private static Pipeline Searching(Pipeline pipeline, int trials, TuneRange rates) => pipeline with
    {
        Tune = new TuneOptions
        {
            Trials = trials,
            Halving = 4,
            Ranges = new Dictionary<string, TuneRange>
            {
                ["training.learningRate"] = rates,
                ["network.options.width"] = new() { Values = [JsonValue.Create(4), JsonValue.Create(5)] },
            },
        },
    };

    private sealed class Each(Action<TrialResult> act) : IProgress<TrialResult>
    {
        public void Report(TrialResult value) => act(value);
    }
}
