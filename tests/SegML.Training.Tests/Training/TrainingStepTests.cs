using SegML.Pipelines;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Loop;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class TrainingStepTests
{
    private static readonly TrainingOptions Options = new()
    {
        Optimizer = OptimizerKind.Sgd,
        Sgd = new SgdOptions { Momentum = 0 },
        WeightDecay = 0,
        LearningRate = 0.1,
        WarmUpIterations = 0,
        Schedule = new ScheduleOptions { Kind = ScheduleKind.Constant },
        Epochs = 1,
    };

    [TestMethod]
    public void AccumulatedBatchesAreOneBatch()
    {
        using Rig whole = new(Options, batches: 1), parts = new(Options with { Accumulate = 3 }, batches: 3);
        using Batch all = Draw(6);
        whole.Step.Take(all, 0);
        using Tensor before = parts.Weights();
        double sum = 0;
        for (int i = 0; i < 3; i++)
        {
            using var part = new Batch(all.Images[TensorIndex.Slice(2 * i, 2 * i + 2)], all.Labels[TensorIndex.Slice(2 * i, 2 * i + 2)]);
            Assert.IsTrue(before.equal(parts.Weights()).all().item<bool>(), "nothing changes before the group is complete");
            sum += parts.Step.Take(part, i);
        }
        Assert.IsFalse(before.allclose(parts.Weights()));
        Assert.IsTrue(whole.Weights().allclose(parts.Weights(), rtol: 1e-5, atol: 1e-7));
        using Rig again = new(Options, batches: 1);
        Assert.AreEqual(again.Step.Take(all, 0), sum / 3, 1e-5);
    }

    [TestMethod]
    public void AnEpochsLastStepAveragesWhatIsLeft()
    {
        // Five batches in threes: the second step has two.
        using Rig one = new(Options with { Accumulate = 3 }, batches: 5), other = new(Options with { Accumulate = 2 }, batches: 2);
        using Batch batch = Draw(2);
        for (int i = 0; i < 3; i++)
        {
            one.Step.Take(batch, i);
        }
        other.CopyFrom(one);
        one.Step.Take(batch, 3);
        one.Step.Take(batch, 4);
        other.Step.Take(batch, 0);
        other.Step.Take(batch, 1);
        Assert.IsTrue(other.Weights().equal(one.Weights()).all().item<bool>());
    }

    [TestMethod]
    public void LongGradientsAreShortened()
    {
        using Rig free = new(Options, batches: 1), loose = new(Options with { ClipNorm = 1000 }, batches: 1), tight = new(Options with { ClipNorm = 0.01 }, batches: 1);
        using Tensor start = free.Weights();
        using Batch batch = Draw(2);
        free.Step.Take(batch, 0);
        loose.Step.Take(batch, 0);
        tight.Step.Take(batch, 0);
        Assert.IsTrue(free.Weights().equal(loose.Weights()).all().item<bool>());
        Assert.AreEqual(0.1 * 0.01, (tight.Weights() - start).norm().item<float>(), 1e-6);
        using Tensor freely = free.Weights() - start, shortened = tight.Weights() - start;
        Assert.AreEqual(1, nn.functional.cosine_similarity(freely, shortened, 0).item<float>(), 1e-4);
    }

    [TestMethod]
    public void ALossThatIsNoNumberChangesNothing()
    {
        using Rig rig = new(Options, batches: 1);
        using Tensor before = rig.Weights();
        using Batch batch = Draw(2);
        batch.Images[0, 0, 0, 0].fill_(float.NaN);
        Assert.IsTrue(double.IsNaN(rig.Step.Take(batch, 0)));
        Assert.IsTrue(before.equal(rig.Weights()).all().item<bool>());
    }

    [TestMethod]
    public void AGradientThatIsNoNumberChangesNothing()
    {
        // The root's slope at 0 is infinite.
        using Rig rig = new(Options, batches: 1, rooted: true);
        using Tensor before = rig.Weights();
        using Batch batch = Draw(2);
        Assert.IsFalse(double.IsFinite(rig.Step.Take(batch, 0)));
        Assert.IsTrue(before.equal(rig.Weights()).all().item<bool>());
    }

    [TestMethod]
    public void AScaledLossTakesTheSameStep()
    {
        using var scaler = new LossScaler();
        using Rig plain = new(Options with { ClipNorm = 0.01 }, batches: 1), scaled = new(Options with { ClipNorm = 0.01 }, batches: 1, scaler: scaler);
        using Batch batch = Draw(2);
        Assert.AreEqual(plain.Step.Take(batch, 0), scaled.Step.Take(batch, 0));
        Assert.IsTrue(plain.Weights().allclose(scaled.Weights(), rtol: 1e-6, atol: 1e-8));
        Assert.AreEqual((65536.0, 0), (scaler.Scale, scaler.Skipped));
    }

    [TestMethod]
    public void AStepThatOverflowsIsLeftOutAndHalvesTheScaleUntilNothingHelps()
    {
        using var scaler = new LossScaler();
        using Rig rig = new(Options, batches: 1, rooted: true, scaler: scaler);
        using Tensor before = rig.Weights();
        using Batch batch = Draw(2);
        for (int i = 1; i <= 16; i++)
        {
            Assert.IsTrue(double.IsFinite(rig.Step.Take(batch, 0)));
            Assert.AreEqual((65536 / Math.Pow(2, i), i), (scaler.Scale, scaler.Skipped));
        }
        Assert.IsTrue(double.IsNaN(rig.Step.Take(batch, 0)));
        Assert.IsTrue(before.equal(rig.Weights()).all().item<bool>());
    }

    [TestMethod]
    public void TheLearningRateIsTheStepsNotTheIterations()
    {
        using Rig rig = new(Options with { Accumulate = 2, Epochs = 2, Schedule = new ScheduleOptions { Power = 1 } }, batches: 4);
        CollectionAssert.AreEqual(new[] { 0.1, 0.1, 0.075, 0.075, 0.05, 0.05, 0.025, 0.025 },
            Enumerable.Range(0, 8).Select(i => Math.Round(rig.Step.LearningRateAt(i), 12)).ToArray());
        Assert.AreEqual(8, rig.Step.Iterations);
    }

    private static Batch Draw(int count)
    {
        using var generator = new Generator(3, CPU);
        return new Batch(randn([count, 3, 12, 10], generator: generator), randint(0, 3, [count, 12, 10], ScalarType.Byte, generator: generator));
    }

    /// <summary>A network without batch norm, whose batches are independent, and all that trains it.</summary>
    private sealed class Rig : IDisposable
    {
        private readonly Plain _network, _average;
        private readonly Optimizer _optimizer;
        private readonly SegmentationLoss _loss;

        public Rig(TrainingOptions options, int batches, bool rooted = false, LossScaler? scaler = null)
        {
            manual_seed(1);
            _network = new Plain(rooted);
            _average = new Plain(rooted);
            _optimizer = Optimizer.Create(_network.named_parameters(), options);
            _loss = new SegmentationLoss(options.Losses, [1, 1, 1], 0, 255, CPU);
            Step = new TrainingStep(_network, options, _optimizer, new WeightAverage(_average, _network, 0), _loss, batches, CPU) { Scaler = scaler };
            _network.train();
        }

        public TrainingStep Step { get; }

        public Tensor Weights() => cat([.. _network.parameters().Select(p => p.detach().flatten())]);

        public void CopyFrom(Rig other)
        {
            using IDisposable noGradients = no_grad();
            foreach ((var mine, var theirs) in _network.parameters().Zip(other._network.parameters()))
            {
                mine.copy_(theirs);
            }
        }

        public void Dispose()
        {
            _network.Dispose();
            _average.Dispose();
            _optimizer.Dispose();
            _loss.Dispose();
        }
    }

    private sealed class Plain : SegmentationNetwork
    {
        private readonly ConvLayer conv = new(3, 4, 3), head = new(4, 3, 1, bias: true);
        private readonly bool _rooted;

        public Plain(bool rooted) : base("plain")
        {
            _rooted = rooted;
            if (rooted)
            {
                conv.StartAt(0);
            }
            RegisterComponents();
        }

        public override int Stride => 1;

        public override Tensor LogitBias => head.Bias!;

        public override Tensor CoarseLogits(Tensor image)
        {
            Tensor features = conv.call(image);
            return head.call(_rooted ? features.abs().sqrt() : features.relu());
        }
    }
}
