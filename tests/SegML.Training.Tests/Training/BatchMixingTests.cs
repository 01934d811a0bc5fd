using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Data;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>The samples of a batch are mixed, images and labels alike; blocks are left out at random.</summary>
[TestClass]
public sealed class BatchMixingTests
{
    [TestMethod]
    public void ARectangleOfAnotherSampleComesWithItsLabels()
    {
        BatchMixing mixing = Of(new AugmentationOptions { CutMix = 1 })!;
        // Each sample's pixels and labels are its number.
        Tensor labels = arange(4, dtype: ScalarType.Byte).reshape(4, 1, 1).expand(4, 40, 60).contiguous(), images = labels.unsqueeze(1).expand(4, 3, 40, 60).to_type(ScalarType.Float32);
        int changed = 0;
        for (int iteration = 0; iteration < 20; iteration++)
        {
            (Tensor mixed, Tensor ids) = mixing.Apply(images, labels, iteration);
            Assert.IsTrue(mixed.select(1, 1).equal(ids.to_type(ScalarType.Float32)).all().item<bool>());
            Assert.AreEqual(mixed.shape[1], mixed.stride(3), "channels last");
            using Tensor other = ids.ne(labels);
            changed += (int)other.sum().item<long>();
            for (int n = 0; n < 4; n++)
            {
                Assert.IsLessThanOrEqualTo(2, ids[n].unique().output.numel());
            }
        }
        Assert.IsTrue(labels.equal(arange(4, dtype: ScalarType.Byte).reshape(4, 1, 1)).all().item<bool>(), "the batch itself stays");
        // The mean share is below 1/2, since rectangles are cut off at the edges.
        Assert.AreEqual(0.35, (double)changed / (20 * 4 * 40 * 60), 0.1);
    }

    [TestMethod]
    public void ShapesStayAndLightComesFromAnother()
    {
        BatchMixing mixing = Of(new AugmentationOptions { AmplitudeMix = 1 })!;
        var input = new InputOptions();
        manual_seed(4);
        // A dark image and a bright one, with a pattern each.
        Tensor dark = 0.2 + (0.1 * rand(1, 3, 32, 48)), bright = 0.8 + (0.1 * rand(1, 3, 32, 48)), mean = tensor(input.Mean.ToArray()).reshape(1, 3, 1, 1), std = tensor(input.Std.ToArray()).reshape(1, 3, 1, 1);
        Tensor images = (cat([dark, bright]) - mean) / std, labels = zeros([2, 32, 48], ScalarType.Byte);
        (Tensor mixed, Tensor ids) = mixing.Apply(images, labels, 3);
        Tensor pixels = mixed * std + mean;
        Assert.IsTrue(ids.equal(labels).all().item<bool>());
        double darker = pixels[0].mean().item<float>(), brighter = pixels[1].mean().item<float>();
        Assert.IsTrue(darker is > 0.26 and < 0.86 && brighter is > 0.26 and < 0.84, $"{darker:0.00} and {brighter:0.00}");
        // The dark image's pattern is still its own.
        Assert.IsGreaterThan(0.7, Correlation(pixels[0], dark[0]));
        Assert.IsLessThan(0.3, Math.Abs(Correlation(pixels[0], bright[0])));

        static double Correlation(Tensor a, Tensor b)
        {
            Tensor x = a - a.mean(), y = b - b.mean();
            return ((x * y).sum() / (x.norm() * y.norm())).item<float>();
        }
    }

    [TestMethod]
    public void SeedAndIterationDecideAndABatchOfOneStays()
    {
        BatchMixing mixing = Of(new AugmentationOptions { CutMix = 0.5, AmplitudeMix = 0.5 })!;
        Tensor images = rand(3, 3, 16, 24), labels = randint(3, [3, 16, 24]).to_type(ScalarType.Byte);
        Tensor once = mixing.Apply(images, labels, 7).Images, again = mixing.Apply(images, labels, 7).Images, later = mixing.Apply(images, labels, 8).Images;
        Assert.IsTrue(once.equal(again).all().item<bool>());
        Assert.IsFalse(once.equal(later).all().item<bool>());
        Assert.IsTrue(mixing.Apply(images[..1], labels[..1], 7).Images.equal(images[..1]).all().item<bool>());
        Assert.IsNull(Of(new AugmentationOptions()));
    }

    [TestMethod]
    public void ARunTrainsWithBoth()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline;
        Trainer.Train(pipeline with { Training = pipeline.Training with { Epochs = 1, Augmentation = pipeline.Training.Augmentation with { CutMix = 1, AmplitudeMix = 1 } } },
            BoxScenes.Source(6), null, folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        Assert.IsTrue(File.Exists(folder.File("best.dat")));
    }

    [TestMethod]
    public void StochasticDepthLeavesOutBlocksWhileTrainingAlone()
    {
        var options = new ResNetLightOptions { Width = 8, DecoderWidth = 12, StochasticDepth = 0.9 };
        using var network = new ResNetLight(3, options);
        Tensor image = rand(4, 3, 32, 32);
        network.eval();
        Assert.IsTrue(network.call(image).equal(network.call(image)).all().item<bool>());
        using (no_grad())
        {
            // A block whose last scale is 0 adds nothing that could be left out.
            foreach ((string name, Tensor value) in network.state_dict().Where(p => p.Key.EndsWith("bn2.weight", StringComparison.Ordinal)))
            {
                value.fill_(1);
            }
        }
        network.train();
        Assert.IsFalse(network.call(image).equal(network.call(image)).all().item<bool>());
        Assert.Contains("stochasticDepth 1", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new ResNetLight(3, options with { StochasticDepth = 1 })).Message);
    }

    private static BatchMixing? Of(AugmentationOptions options) =>
        BatchMixing.Of(BoxScenes.Pipeline with { Input = new InputOptions(), Training = BoxScenes.Pipeline.Training with { Augmentation = options } });
}
