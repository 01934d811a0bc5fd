using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Runs;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Models;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class TrainerTests
{
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    [TestMethod]
    [DataRow(Precision.Float32, OptimizerKind.AdamW)]
    [DataRow(Precision.BFloat16, OptimizerKind.AdamW)]
    [DataRow(Precision.Float32, OptimizerKind.Sgd)]
    public void OneSeedGivesOneResult(Precision precision, OptimizerKind optimizer)
    {
        using TemporaryFolder first = new(), second = new(), other = new();
        Pipeline pipeline = With(t => t with { Precision = precision, Optimizer = optimizer, Epochs = 2 });
        Run(pipeline, first.Path);
        Run(pipeline, second.Path, OnCpu with { Workers = 5, CacheBytes = 1 });
        Run(pipeline with { Training = pipeline.Training with { Seed = 8 } }, other.Path);
        CollectionAssert.AreEqual(Last(first), Last(second));
        CollectionAssert.AreNotEqual(Last(first), Last(other));
    }

    [TestMethod]
    [DataRow(OptimizerKind.AdamW, 1)]
    [DataRow(OptimizerKind.Sgd, 1)]
    [DataRow(OptimizerKind.RmsProp, 2)]
    [DataRow(OptimizerKind.Muon, 1)]
    public void StoppedAndResumedEqualsStraightThrough(OptimizerKind optimizer, int accumulate)
    {
        using TemporaryFolder straight = new(), stopped = new();
        Pipeline pipeline = With(t => t with { Optimizer = optimizer, Accumulate = accumulate, ClipNorm = 1 });
        TrainingResult whole = Run(pipeline, straight.Path);

        // Nine samples in threes are three iterations an epoch: stop in the middle of the third epoch.
        using var cancel = new CancellationTokenSource();
        var stop = new Watcher(p =>
        {
            if (p.Iteration == 8)
            {
                cancel.Cancel();
            }
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(pipeline, stopped.Path, OnCpu, stop, cancel.Token));
        Assert.AreEqual(8, stop.Reports.Max(p => p.Iteration));
        TrainingResult resumed = Run(pipeline, stopped.Path, OnCpu with { Resume = true });

        CollectionAssert.AreEqual(Last(straight), Last(stopped));
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("best.dat")), File.ReadAllBytes(stopped.File("best.dat")));
        Assert.AreEqual(File.ReadAllText(straight.File("best.json")), File.ReadAllText(stopped.File("best.json")));
        Assert.AreEqual(whole.BestEpoch, resumed.BestEpoch);
        Assert.AreEqual(whole.BestMeanIoU, resumed.BestMeanIoU);
        CollectionAssert.AreEqual(RunLog.WithoutTimes(straight.Path), RunLog.WithoutTimes(stopped.Path));
    }

    [TestMethod]
    public void StoppedInTheFirstEpochLeavesACheckpointToResume()
    {
        using TemporaryFolder straight = new(), stopped = new();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Run(pipeline, straight.Path);
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(pipeline, stopped.Path, OnCpu, new Watcher(_ => cancel.Cancel()), cancel.Token));
        Assert.IsTrue(File.Exists(stopped.File("last.dat")));
        Run(pipeline, stopped.Path, OnCpu with { Resume = true });
        CollectionAssert.AreEqual(Last(straight), Last(stopped));
    }

    [TestMethod]
    public void LearnsAndLeavesAllOfItsFiles()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 25, LearningRate = 1e-2, ValidateEvery = 5 });
        var watcher = new Watcher(_ => { });
        TrainingResult result = Run(pipeline, folder.Path, OnCpu, watcher);
        Assert.IsGreaterThan(0.7, result.BestMeanIoU);
        foreach (string name in new[] { "pipeline.json", "log.csv", "curves.png", "best.dat", "best.json", "last.dat", "last.json" })
        {
            Assert.IsTrue(File.Exists(folder.File(name)), name);
        }
        Assert.HasCount(26, File.ReadAllLines(folder.File("log.csv")));
        Assert.HasCount(5, watcher.Reports.Where(p => p.MeanIoU is not null));
        Assert.AreEqual(result.BestMeanIoU, watcher.Reports.Max(p => p.MeanIoU));
        using RgbaImage curves = ImageFile.Read(folder.File("curves.png"));
        Assert.AreEqual((900, 500), (curves.Width, curves.Height));
    }

    [TestMethod]
    public void WithoutValidationTheLastWeightsAreTheBest()
    {
        using var folder = new TemporaryFolder();
        TrainingResult result = Trainer.Train(With(t => t with { Epochs = 2 }), BoxScenes.Source(6), null, folder.Path, OnCpu);
        Assert.AreEqual(2, result.BestEpoch);
        Assert.IsTrue(double.IsNaN(result.BestMeanIoU));
        Assert.IsTrue(File.Exists(folder.File("best.dat")));
    }

    [TestMethod]
    public void AFolderThatHoldsARunIsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Run(pipeline, folder.Path);
        byte[] before = Last(folder);
        Assert.Contains("--resume", Assert.ThrowsExactly<OutputException>(() => Run(pipeline, folder.Path)).Message);
        Assert.ThrowsExactly<ModelFormatException>(() => Run(With(t => t with { Epochs = 1, LearningRate = 1 }), folder.Path, OnCpu with { Resume = true }));
        CollectionAssert.AreEqual(before, Last(folder));
    }

    [TestMethod]
    public void TwoDoNotTrainIntoOneFolder()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        bool tried = false;
        Run(pipeline, folder.Path, OnCpu, new Watcher(_ =>
        {
            tried = true;
            Assert.Contains("another process", Assert.ThrowsExactly<OutputException>(() => Run(pipeline, folder.Path, OnCpu with { Resume = true })).Message);
        }));
        Assert.IsTrue(tried);
        Run(pipeline, folder.Path, OnCpu with { Resume = true });
    }

    [TestMethod]
    public void AFinishedRunCanBeGivenMoreEpochsAndSaysSo()
    {
        using TemporaryFolder folder = new(), longer = new();
        Pipeline one = With(t => t with { Epochs = 1 }), three = With(t => t with { Epochs = 3 });
        Run(one, folder.Path);
        Assert.DoesNotContain("earlierEpochs", File.ReadAllText(folder.File("best.json")));
        Run(three, folder.Path, OnCpu with { Resume = true });
        Assert.HasCount(4, File.ReadAllLines(folder.File("log.csv")));
        Assert.Contains("\"earlierEpochs\": [", File.ReadAllText(folder.File("last.json")));
        Assert.AreEqual(3, RunFolder.ReadPipeline(folder.Path).Training.Epochs);
        Assert.ThrowsExactly<ModelFormatException>(() => Run(one, folder.Path, OnCpu with { Resume = true }));
        Run(three, longer.Path);
        CollectionAssert.AreNotEqual(Last(longer), Last(folder));
    }

    [TestMethod]
    public void ARunStartsFromAnothersBestWeights()
    {
        using TemporaryFolder first = new(), second = new(), third = new();
        Run(With(t => t with { Epochs = 1 }), first.Path);
        Run(With(t => t with { Epochs = 1, StartFrom = first.Path, LearningRate = 1e-12, WeightDecay = 0 }), second.Path);

        Dictionary<string, Tensor> before = TensorFile.Read(first.File("best.dat")), after = TensorFile.Read(second.File("best.dat"));
        foreach ((string name, Tensor tensor) in before.Where(p => p.Key.EndsWith("weight", StringComparison.Ordinal)))
        {
            Assert.IsTrue(tensor.allclose(after[name], rtol: 1e-4, atol: 1e-6), name);
        }
        Pipeline nowhere = With(t => t with { Epochs = 1, StartFrom = first.File("nowhere") });
        Assert.Contains("nowhere", Assert.ThrowsExactly<ModelFormatException>(() => Run(nowhere, third.Path)).Message);
    }

    [TestMethod]
    public void LogitAdjustmentIsInTheBestWeightsAndLeavesTheTrainingAlone()
    {
        using TemporaryFolder plain = new(), adjusted = new();
        Run(With(t => t with { Epochs = 2, ClassWeights = ClassWeighting.InverseSquareRoot }), plain.Path);
        Run(With(t => t with { Epochs = 2, ClassWeights = ClassWeighting.InverseSquareRoot, LogitAdjustment = 1 }), adjusted.Path);

        Dictionary<string, Tensor> one = TensorFile.Read(plain.File("last.dat")), other = TensorFile.Read(adjusted.File("last.dat"));
        // Validations see the adjusted network, so what they were differs.
        foreach ((string name, Tensor value) in one.Where(p => !p.Key.StartsWith("best.", StringComparison.Ordinal) && !p.Key.StartsWith("improved.", StringComparison.Ordinal)))
        {
            Assert.IsTrue(value.equal(other[name]).all().item<bool>(), name);
        }
        Tensor best = TensorFile.Read(adjusted.File("best.dat"))["head.conv.bias"];
        Assert.IsFalse(best.allclose(TensorFile.Read(plain.File("best.dat"))["head.conv.bias"], atol: 0.05));
    }

    [TestMethod]
    public void ADamagedCheckpointIsRefused()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Run(pipeline, folder.Path);
        File.WriteAllBytes(folder.File("last.dat"), Last(folder)[..^100]);
        var fault = Assert.ThrowsExactly<ModelFormatException>(() => Run(pipeline, folder.Path, OnCpu with { Resume = true }));
        Assert.Contains("last.dat", fault.Message);
    }

    [TestMethod]
    public void ALossThatIsNotANumberStopsTheRunAndKeepsTheCheckpoint()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { LearningRate = 1e30, WarmUpIterations = 0, Optimizer = OptimizerKind.Sgd });
        var fault = Assert.ThrowsExactly<SegMLException>(() => Run(pipeline, folder.Path));
        Assert.Contains("epoch 1, iteration 2", fault.Message);
        Assert.Contains("learning rate of 9.247e+29", fault.Message);
        Assert.Contains("no epoch was finished", fault.Message);
        Assert.Contains("training.learningRate", fault.Message);
        Assert.IsTrue(File.Exists(folder.File("last.dat")));
    }

    [TestMethod]
    public void ALaterFaultNamesTheLastGoodCheckpoint()
    {
        using var folder = new TemporaryFolder();
        // One step an epoch, of learning rate 0 in the first.
        var schedule = new ScheduleOptions { Kind = ScheduleKind.OneCycle, Start = 0, RiseShare = 0.99 };
        Pipeline pipeline = With(t => t with { LearningRate = 1e30, Schedule = schedule, BatchSize = 9 });
        var fault = Assert.ThrowsExactly<SegMLException>(() => Run(pipeline, folder.Path));
        Assert.Contains("scores that are not finite numbers in epoch 2, iteration 2", fault.Message);
        Assert.Contains($"of epoch 1, is {folder.File("last.dat")}", fault.Message);
        Assert.Contains("\"epoch\": 1", File.ReadAllText(folder.File("last.json")));
    }

    [TestMethod]
    public void ACheckpointThatCannotBeWrittenLosesNothingEarlier()
    {
        using var folder = new TemporaryFolder();
        // A folder in the log's place: writing fails as on a full disk, after the first checkpoint and the first epoch.
        Directory.CreateDirectory(folder.File("log.csv"));
        Pipeline pipeline = With(t => t with { Epochs = 1 });
        Assert.Contains("log.csv", Assert.ThrowsExactly<OutputException>(() => Run(pipeline, folder.Path)).Message);
        Directory.Delete(folder.File("log.csv"));
        Run(pipeline, folder.Path, OnCpu with { Resume = true });
    }

    [TestMethod]
    public void OneBadFileAmongManyStopsBeforeTraining()
    {
        using TemporaryFolder data = new(), run = new();
        SplitOptions split = BoxSceneFiles.Draw(data, "images", "masks", count: 6);
        Pipeline pipeline = With(t => t with { Epochs = 1 }) with
        {
            Data = new DataOptions { Root = data.Path, Splits = new Dictionary<string, SplitOptions> { ["train"] = split, ["val"] = split } },
        };
        Trainer.Train(pipeline, Path.Combine(run.Path, "good"), OnCpu);

        string bad = Path.Combine(data.Path, "images", "4.png");
        File.WriteAllBytes(bad, File.ReadAllBytes(bad)[..200]);
        var fault = Assert.ThrowsExactly<DatasetException>(() => Trainer.Train(pipeline, Path.Combine(run.Path, "bad"), OnCpu));
        // Once as a training and once as a validation sample.
        Assert.Contains("4.png", fault.Message);
        Assert.Contains("and 1 more", fault.Message);
        Assert.IsFalse(Directory.Exists(Path.Combine(run.Path, "bad")));
    }

    [TestMethod]
    public void ABatchOfOneValueIsRefused()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(t => t with { BatchSize = 1, Augmentation = new AugmentationOptions { CropWidth = 16, CropHeight = 9 } });
        Assert.Contains("16x9", Assert.ThrowsExactly<PipelineFormatException>(() => Run(pipeline, folder.Path)).Message);
        pipeline = pipeline with { Training = pipeline.Training with { Epochs = 1, Augmentation = new AugmentationOptions { CropWidth = 17, CropHeight = 9 } } };
        using var other = new TemporaryFolder();
        Assert.AreEqual(1, Run(pipeline, other.Path).BestEpoch);
    }

    [TestMethod]
    public void CudaThatIsNotThereIsOneLine()
    {
        if (TorchSharp.torch.cuda.is_available())
        {
            Assert.Inconclusive("skipped: this machine has CUDA");
        }
        using var folder = new TemporaryFolder();
        var fault = Assert.ThrowsExactly<DeviceException>(() => Run(BoxScenes.Pipeline, folder.Path, new TrainerOptions { Device = ComputeDevice.Cuda }));
        Assert.Contains("cuda", fault.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    private static Pipeline With(Func<TrainingOptions, TrainingOptions> change) => BoxScenes.Pipeline with { Training = change(BoxScenes.Pipeline.Training) };

    private static TrainingResult Run(Pipeline pipeline, string folder, TrainerOptions? options = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder, options ?? OnCpu, progress, cancellation);

    private static byte[] Last(TemporaryFolder folder) => File.ReadAllBytes(folder.File("last.dat"));

    /// <summary>Progress on the training thread itself, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Watcher(Action<TrainingProgress> act) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Reports { get; } = [];

        public void Report(TrainingProgress value)
        {
            Reports.Add(value);
            act(value);
        }
    }
}
