using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class CheckpointAveragingTests
{
    [TestMethod]
    public void TheLastEpochsAreKeptAlsoByAStoppedRun()
    {
        using TemporaryFolder straight = new(), stopped = new(), without = new();
        Pipeline pipeline = Keeping(2);
        Train(pipeline, straight.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        CollectionAssert.AreEqual(new[] { 3, 4 }, RunFolder.KeptEpochs(straight.Path));

        using var cancel = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer.Train(pipeline, BoxScenes.Source(6), BoxScenes.Source(3, seed: 2), stopped.Path,
            new TrainerOptions { Device = ComputeDevice.Cpu }, new At(7, cancel), cancel.Token));
        // It may keep another number from there on.
        Train(Keeping(3), stopped.Path, new TrainerOptions { Device = ComputeDevice.Cpu, Resume = true });
        CollectionAssert.AreEqual(new[] { 2, 3, 4 }, RunFolder.KeptEpochs(stopped.Path));
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("epoch-0004.dat")), File.ReadAllBytes(stopped.File("epoch-0004.dat")));

        Train(Keeping(0), without.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        Assert.IsEmpty(RunFolder.KeptEpochs(without.Path));
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(without.File("last.dat")));
    }

    [TestMethod]
    public void TheMeanIsThatOfDoublePrecision()
    {
        using var folder = new TemporaryFolder();
        Train(Keeping(3), folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        string[] paths = [.. RunFolder.KeptEpochs(folder.Path).Select(e => RunFolder.KeptTensors(folder.Path, e))];
        using SegmentationNetwork network = RunFolder.ReadBest(folder.Path, BoxScenes.Pipeline);
        CheckpointAveraging.CopyMean(paths, network);

        Dictionary<string, Tensor>[] kept = [.. paths.Select(TensorFile.Read)];
        foreach ((string name, Tensor mean) in network.state_dict())
        {
            if (!mean.is_floating_point())
            {
                Assert.AreEqual(kept[^1][name].item<long>(), mean.item<long>(), name);
                continue;
            }
            float[][] values = [.. kept.Select(k => k[name].data<float>().ToArray())];
            float[] expected = [.. Enumerable.Range(0, values[0].Length).Select(i => (float)(values.Sum(v => (double)v[i]) / values.Length))];
            CollectionAssert.AreEqual(expected, mean.data<float>().ToArray(), name);
        }
    }

    [TestMethod]
    public void StatisticsAreThePlainMeanOfTheBatchesOwn()
    {
        manual_seed(3);
        using SegmentationNetwork network = NetworkCatalog.Create(BoxScenes.Pipeline.Network, 3);
        var stem = (ConvLayer)network.named_modules().First(m => m.name == "stem.conv").module;
        var norm = (BatchNorm2d)network.named_modules().First(m => m.name == "stem.norm").module;
        using var loader = new BatchLoader(new SampleCache(BoxScenes.Source(9), BoxScenes.Pipeline.Input, 1 << 20), BoxScenes.Pipeline, 1);
        using (no_grad())
        {
            norm.running_mean!.fill_(1000);
        }
        BatchNormStatistics.Estimate(network, null, loader.Epoch(0, CancellationToken.None), CPU);

        using IDisposable noGradients = no_grad();
        Tensor mean = zeros(4, ScalarType.Float64), variance = zeros(4, ScalarType.Float64);
        foreach (Batch batch in loader.Epoch(0, CancellationToken.None))
        {
            using (batch)
            {
                Tensor features = stem.call(batch.Images).to_type(ScalarType.Float64);
                mean += features.mean([0, 2, 3]) / 3;
                variance += features.var([0, 2, 3], unbiased: true) / 3;
            }
        }
        Assert.IsTrue(norm.running_mean!.allclose(mean.to_type(ScalarType.Float32), rtol: 1e-4, atol: 1e-6));
        Assert.IsTrue(norm.running_var!.allclose(variance.to_type(ScalarType.Float32), rtol: 1e-4, atol: 1e-6));
        Assert.AreEqual(0.1, norm.momentum);
        Assert.IsFalse(network.modules().Any(m => m.training));
    }

    [TestMethod]
    public void AKeptPartKeepsItsStatistics()
    {
        using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of("fcn"), 3);
        using var loader = new BatchLoader(new SampleCache(BoxScenes.Source(3), BoxScenes.Pipeline.Input, 1 << 20), BoxScenes.Pipeline, 1);
        BatchNorm[] encoder = [.. network.Encoder!.modules().OfType<BatchNorm>()];
        BatchNormStatistics.Estimate(network, network.Encoder, loader.Epoch(0, CancellationToken.None), CPU);
        Assert.IsNotEmpty(encoder);
        Assert.IsTrue(encoder.All(n => n.running_mean!.count_nonzero().item<long>() == 0));
        Assert.IsTrue(network.modules().OfType<BatchNorm>().Except(encoder).All(n => n.running_mean!.count_nonzero().item<long>() > 0));
    }

    private static Pipeline Keeping(int count) => BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { KeepCheckpoints = count } };

    private static void Train(Pipeline pipeline, string folder, TrainerOptions options) =>
        Trainer.Train(pipeline, BoxScenes.Source(6), BoxScenes.Source(3, seed: 2), folder, options);

    private sealed class At(int iteration, CancellationTokenSource cancel) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration == iteration)
            {
                cancel.Cancel();
            }
        }
    }
}
