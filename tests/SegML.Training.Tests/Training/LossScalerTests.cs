using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Optimization;
using SegML.Training.Runs;

namespace SegML.Tests.Training;

[TestClass]
public sealed class LossScalerTests
{
    [TestMethod]
    public void AnOverflowHalvesTheScaleAndPatienceDoublesIt()
    {
        using var scaler = new LossScaler();
        Assert.AreEqual(65536, scaler.Scale);
        scaler.Note(finite: false);
        Assert.AreEqual((32768.0, 1), (scaler.Scale, scaler.Skipped));
        Good(LossScaler.Patience - 1);
        scaler.Note(finite: false);
        Assert.AreEqual((16384.0, 2), (scaler.Scale, scaler.Skipped));
        Good(LossScaler.Patience - 1);
        Assert.AreEqual(16384, scaler.Scale);
        Good(1);
        Assert.AreEqual((32768.0, 2), (scaler.Scale, scaler.Skipped));

        void Good(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                scaler.Note(finite: true);
            }
        }
    }

    [TestMethod]
    public void OverflowsWithoutEndAreLost()
    {
        using var scaler = new LossScaler();
        for (int i = 0; i < 16; i++)
        {
            scaler.Note(finite: false);
            Assert.IsFalse(scaler.IsLost);
        }
        scaler.Note(finite: false);
        Assert.IsTrue(scaler.IsLost);
    }

    [TestMethod]
    public void ARunInFloat16LearnsAndIsResumedBitForBit()
    {
        using TemporaryFolder straight = new(), stopped = new();
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Training = BoxScenes.Pipeline.Training with { Precision = Precision.Float16, Optimizer = OptimizerKind.AdamW, Epochs = 24, LearningRate = 1e-2, ValidateEvery = 4 },
        };
        TrainingResult result = Run(pipeline, straight);
        Assert.IsGreaterThan(0.6, result.BestMeanIoU);
        Assert.Contains("\"precision\": \"fp16\"", File.ReadAllText(straight.File("last.json")));
        var names = TensorFile.Read(straight.File("last.dat"));
        // Only the first steps overflow, until the scale is found: good ones are counted anew after each that does.
        Assert.AreEqual(72, names["scaler.good"].item<long>() + names["scaler.skipped"].item<long>());

        using var cancel = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Run(pipeline, stopped, false, new Canceller(cancel), cancel.Token));
        Run(pipeline, stopped, resume: true);
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(stopped.File("last.dat")));
    }

    private static TrainingResult Run(Pipeline pipeline, TemporaryFolder folder, bool resume = false, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default) =>
        Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu, Resume = resume }, progress, cancellation);

    private sealed class Canceller(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Iteration == 14)
            {
                source.Cancel();
            }
        }
    }
}
