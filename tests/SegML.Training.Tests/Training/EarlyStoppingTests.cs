using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Runs;
using SegML.Training;
using SegML.Training.Loop;
using SegML.Training.Runs;

namespace SegML.Tests.Training;

[TestClass]
public sealed class EarlyStoppingTests
{
    // No validation can be better than the first by 1: the run ends as soon as patience is over.
    private static readonly EarlyStoppingOptions Hopeless = new() { Patience = 4, MinImprovement = 1 };

    [TestMethod]
    [DataRow(1, 4)]
    [DataRow(2, 4)]
    [DataRow(3, 6)]
    [DataRow(4, 6)]
    [DataRow(100, 12)]
    public void TheRunEndsAtTheFirstValidationAfterItsPatience(int patience, int lastEpoch)
    {
        using var folder = new TemporaryFolder();
        TrainingResult result = Run(With(Hopeless with { Patience = patience }), folder.Path);
        Assert.AreEqual(lastEpoch, result.Epochs);
        Assert.AreEqual(lastEpoch < 12, result.StoppedEarly);
        Assert.HasCount(lastEpoch + 1, File.ReadAllLines(folder.File("log.csv")));
    }

    [TestMethod]
    public void AnEndedRunIsTheBeginningOfTheWholeOne()
    {
        using TemporaryFolder whole = new(), ended = new();
        TrainingResult all = Run(With(null), whole.Path), some = Run(With(Hopeless), ended.Path);
        Assert.IsLessThan(all.Epochs, some.Epochs);
        string[] expected = [.. RunLog.WithoutTimes(whole.Path).Take(some.Epochs + 1)];
        CollectionAssert.AreEqual(expected, RunLog.WithoutTimes(ended.Path));
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(17)]
    public void StoppedAndResumedEndsWhereTheOtherEnds(int lastIteration)
    {
        using TemporaryFolder straight = new(), stopped = new();
        TrainingResult whole = Run(With(Hopeless), straight.Path);
        Assert.AreEqual(6, whole.Epochs);
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(With(Hopeless), stopped.Path, progress: new Canceller(cancel, lastIteration), cancellation: cancel.Token));
        TrainingResult resumed = Run(With(Hopeless), stopped.Path, resume: true);
        AssertSame(whole, straight, resumed, stopped);
        // Once more: what has ended stays so.
        AssertSame(whole, straight, Run(With(Hopeless), stopped.Path, resume: true), stopped);
    }

    [TestMethod]
    public void SmallRisesAddUp()
    {
        var checkpoint = new Checkpoint(null!, null!, null!, Precision.Float32);
        var stopping = new EarlyStopping(new TrainingOptions { ValidateEvery = 1, EarlyStopping = new() { Patience = 3, MinImprovement = 0.05 } }, checkpoint);
        var ends = new List<int>();
        foreach (double figure in new[] { 0.50, 0.52, 0.54, 0.56, 0.56, 0.60, 0.61, 0.6 })
        {
            checkpoint.Epoch++;
            stopping.Validated(figure);
            if (stopping.IsReached)
            {
                ends.Add(checkpoint.Epoch);
            }
        }
        // 0.56 is 0.06 above 0.50 and counts; nothing after it is 0.05 higher.
        CollectionAssert.AreEqual(new[] { 7, 8 }, ends);
    }

    [TestMethod]
    public void WithoutValidationItIsRefused()
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() =>
            Trainer.Train(With(Hopeless), BoxScenes.Source(6), null, folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu }));
        Assert.Contains("training.earlyStopping", fault.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ItIsReadFromThePipelineFileAndFromSettings()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("p.json"), """
            { "name": "p", "classes": [ { "id": 0, "name": "a" } ], "training": { "earlyStopping": { "patience": 12, "minImprovement": 0.01 } } }
            """);
        Pipeline pipeline = PipelineFile.Read(folder.File("p.json"), settings: ["training.earlyStopping.patience=7"]);
        Assert.AreEqual(new EarlyStoppingOptions { Patience = 7, MinImprovement = 0.01 }, pipeline.Training.EarlyStopping);
        File.WriteAllText(folder.File("again.json"), PipelineFile.ToJson(pipeline));
        Assert.AreEqual(pipeline.Training.EarlyStopping, PipelineFile.Read(folder.File("again.json")).Training.EarlyStopping);

        File.WriteAllText(folder.File("none.json"), """{ "name": "p", "classes": [ { "id": 0, "name": "a" } ] }""");
        Assert.IsNull(PipelineFile.Read(folder.File("none.json")).Training.EarlyStopping);
        Assert.AreEqual(5, PipelineFile.Read(folder.File("none.json"), settings: ["training.earlyStopping.patience=5"]).Training.EarlyStopping!.Patience);
        Assert.Contains("training.earlyStopping.patience", Assert.ThrowsExactly<PipelineFormatException>(() =>
            PipelineFile.Read(folder.File("p.json"), settings: ["training.earlyStopping.patience=0"])).Message);
    }

    private static void AssertSame(TrainingResult a, TemporaryFolder folderA, TrainingResult b, TemporaryFolder folderB)
    {
        Assert.AreEqual((a.Epochs, a.StoppedEarly, a.BestEpoch, a.BestMeanIoU), (b.Epochs, b.StoppedEarly, b.BestEpoch, b.BestMeanIoU));
        foreach (string name in (string[])["last.dat", "best.dat", "best.json", "last.json", "pipeline.json"])
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(folderA.File(name)), File.ReadAllBytes(folderB.File(name)), name);
        }
        CollectionAssert.AreEqual(RunLog.WithoutTimes(folderA.Path), RunLog.WithoutTimes(folderB.Path));
    }

    private static Pipeline With(EarlyStoppingOptions? stopping) =>
        BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 12, EarlyStopping = stopping } };

    private static TrainingResult Run(Pipeline pipeline, string folder, bool resume = false, IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellation = default) =>
        Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder, new TrainerOptions { Device = ComputeDevice.Cpu, Resume = resume },
            progress, cancellation);

    private sealed class Canceller(CancellationTokenSource source, int iteration) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration == iteration)
            {
                source.Cancel();
            }
        }
    }
}
