using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class AuxiliaryHeadsTests
{
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    [TestMethod]
    [DataRow("fcn-small", 3)]
    [DataRow("fcn-light", 3)]
    [DataRow("fcn-base", 3)]
    [DataRow("unet", 4)]
    [DataRow("fcn", 1)]
    [DataRow("deeplabv3plus", 1)]
    public void StagesAreCoarserThanTheLogitsAndHeadsReachThem(string name, int stages)
    {
        using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of(name), 4);
        using var heads = new AuxiliaryHeads(network.StageChannels, 4);
        Assert.HasCount(stages, network.StageChannels);
        network.train();
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        Tensor image = randn(2, 3, 65, 81);
        var features = new List<Tensor>();
        Tensor logits = network.CoarseLogits(image, features);
        CollectionAssert.AreEqual(network.StageChannels.Select(c => (long)c).ToArray(), features.Select(f => f.shape[1]).ToArray());
        Tensor[] scores = [.. heads.Logits(features)];
        Assert.IsTrue(scores.All(s => s.shape[1] == 4 && s.shape[2] <= logits.shape[2] && s.shape[2] < 65 && s.isfinite().all().item<bool>()));
        foreach (Tensor score in scores)
        {
            score.pow(2).mean().backward(retain_graph: true);
        }
        Assert.IsTrue(heads.parameters().All(p => p.grad is not null));
        Assert.IsGreaterThan(0, network.parameters().Count(p => p.grad is not null && p.grad.abs().max().item<float>() > 0));
    }

    [TestMethod]
    public void TheyChangeWhatIsLearnedButAreInNoModel()
    {
        using TemporaryFolder with = new(), without = new();
        Run(With(0.4), with);
        Run(With(0), without);
        Dictionary<string, Tensor> one = TensorFile.Read(with.File("best.dat")), other = TensorFile.Read(without.File("best.dat"));
        CollectionAssert.AreEquivalent(other.Keys, one.Keys);
        Assert.IsFalse(one["head.conv.weight"].allclose(other["head.conv.weight"]));
        Assert.Contains("auxiliary.heads.2.conv.weight", TensorFile.Read(with.File("last.dat")).Keys);
        ModelExport.Export(with.Path, with.File("a.onnx"));
        ModelExport.Export(without.Path, without.File("b.onnx"));
        using Segmenter a = Segmenter.Load(with.File("a.onnx")), b = Segmenter.Load(without.File("b.onnx"));
        Assert.AreEqual(new FileInfo(without.File("b.onnx")).Length, new FileInfo(with.File("a.onnx")).Length, 2000);
    }

    [TestMethod]
    public void RunsStartFromEachOther()
    {
        using TemporaryFolder with = new(), without = new(), plain = new(), supervised = new();
        Run(With(0.4), with);
        Run(With(0), without);
        Run(With(0, startFrom: with), plain);
        Run(With(0.4, startFrom: without), supervised);
        Assert.IsTrue(File.Exists(plain.File("best.dat")) && File.Exists(supervised.File("best.dat")));
    }

    [TestMethod]
    public void StoppedAndResumedEqualsStraightThrough()
    {
        using TemporaryFolder straight = new(), stopped = new();
        Run(With(0.4), straight);
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(With(0.4), stopped, progress: new Canceller(cancel), cancellation: cancel.Token));
        Run(With(0.4), stopped, resume: true);
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(stopped.File("last.dat")));
    }

    [TestMethod]
    [DataRow("fcn-light")]
    [DataRow("unet")]
    [DataRow("fcn")]
    [DataRow("deeplabv3plus")]
    public void OneSmallCropAtATimeIsEnough(string name)
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = With(0.4) with { Network = SmallNetworks.Of(name) };
        pipeline = pipeline with { Training = pipeline.Training with { Epochs = 1, BatchSize = 1, Augmentation = new AugmentationOptions { CropWidth = 33, CropHeight = 9 } } };
        Run(pipeline, folder);
        Assert.IsTrue(File.Exists(folder.File("best.dat")));
    }

    [TestMethod]
    public void ANetworkWithoutStagesRefusesThem()
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => Run(With(0.4) with { Network = SmallNetworks.Of("lmffnet") }, folder));
        Assert.Contains("lmffnet has no stages", fault.Message);
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void TheDocumentedNetworksHaveThem()
    {
        string[] with = [.. NetworkCatalog.Names.Where(name =>
        {
            using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of(name), 2);
            return network.StageChannels.Count > 0;
        })];
        CollectionAssert.AreEquivalent(new[] { "fcn-small", "fcn-light", "fcn-base", "unet", "fcn", "deeplabv3plus", "resnet-light" }, with);
    }

    private static Pipeline With(double factor, TemporaryFolder? startFrom = null) => BoxScenes.Pipeline with
    {
        Training = BoxScenes.Pipeline.Training with { Epochs = 2, AuxiliaryFactor = factor, StartFrom = startFrom?.Path },
    };

    private static void Run(Pipeline pipeline, TemporaryFolder folder, bool resume = false, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trainer.Train(pipeline, BoxScenes.Source(6), BoxScenes.Source(2, seed: 2), folder.Path, OnCpu with { Resume = resume }, progress, cancellation);

    private sealed class Canceller(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration == 3)
            {
                source.Cancel();
            }
        }
    }
}
