using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Starting;

namespace SegML.Tests.Training;

/// <summary>A network that has learnt nothing predicts the classes' shares, whichever network it is and however its features are scaled.</summary>
[TestClass]
public sealed class FirstLossTests
{
    private const int Width = 96, Height = 64, Samples = 4;

    public static IEnumerable<object[]> EveryNetwork => NetworkCatalog.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(EveryNetwork))]
    public void TheFirstLossIsWhatTheClassSharesPredict(string name) =>
        Assert.AreEqual(Expected(ClassWeighting.None), FirstLoss(name, ClassWeighting.None), 0.3);

    [TestMethod]
    public void ClassWeightsAreReckonedWith() =>
        Assert.AreEqual(Expected(ClassWeighting.InverseSquareRoot), FirstLoss("fcn-small", ClassWeighting.InverseSquareRoot), 0.3);

    [TestMethod]
    public void AClassThatNeverOccursStartsAsOneInAThousand()
    {
        double[] prior = ClassPrior.Shares([900, 0, 100], [1, 1, 1]);
        Assert.AreEqual(1, prior.Sum(), 1e-9);
        Assert.AreEqual(0.9, prior[0], 0.002);
        Assert.AreEqual(0.001, prior[1], 1e-5);
    }

    /// <summary>The weighted entropy of the shares: what a constant prediction of them costs.</summary>
    private static double Expected(ClassWeighting weighting)
    {
        using var cache = new SampleCache(Source(), Input, long.MaxValue);
        long[] pixels = cache.CountPixels(BoxScenes.Classes);
        float[] weights = ClassWeights.From(pixels, weighting);
        double[] shares = [.. pixels.Select((count, c) => count * (double)weights[c])];
        double sum = shares.Sum();
        return -shares.Sum(s => s / sum * Math.Log(s / sum));
    }

    private static double FirstLoss(string name, ClassWeighting weighting)
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Input = Input,
            Network = SmallNetworks.Of(name),
            Training = BoxScenes.Pipeline.Training with
            {
                Epochs = 1,
                BatchSize = Samples,
                LabelSmoothing = 0,
                ClassWeights = weighting,
                Augmentation = new AugmentationOptions { ScaleMin = 1, ScaleMax = 1 },
            },
        };
        double? first = null;
        Trainer.Train(pipeline, Source(), null, folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu }, new First(loss => first ??= loss));
        return first!.Value;
    }

    private static InputOptions Input { get; } = new() { Width = Width, Height = Height };

    private static SampleSource Source() => BoxScenes.Source(Samples, width: Width, height: Height);

    private sealed class First(Action<double> note) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => note(value.Loss);
    }
}
