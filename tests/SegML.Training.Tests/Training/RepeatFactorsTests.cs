using SegML.Pipelines;
using SegML.Training.Data;

namespace SegML.Tests.Training;

/// <summary>Images with rare classes are drawn more often.</summary>
[TestClass]
public sealed class RepeatFactorsTests
{
    // Ten samples: class 0 is in all, class 1 in five, class 2 in one, which has class 1 too.
    private static readonly bool[][] Present = [.. Enumerable.Range(0, 10).Select(i => new[] { true, i < 5, i == 3 })];

    [TestMethod]
    public void ASampleHasTheFactorOfItsRarestClass()
    {
        double[] factors = RepeatFactors.Of(0.9, Present);
        for (int i = 0; i < 10; i++)
        {
            Assert.AreEqual(i == 3 ? Math.Sqrt(9) : i < 5 ? Math.Sqrt(1.8) : 1, factors[i], 1e-12);
        }
        CollectionAssert.AreEqual(Enumerable.Repeat(1.0, 10).ToArray(), RepeatFactors.Of(0.1, Present), "a class at the threshold is not rare");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(7)]
    public void DrawsFollowTheFactors(int iterations)
    {
        double[] factors = RepeatFactors.Of(0.9, Present);
        TrainingOptions training = new() { IterationsPerEpoch = iterations, BatchSize = 4 };
        int epochs = iterations == 0 ? 300 : 100;
        EpochDraw[] draws = [.. Enumerable.Range(0, epochs).SelectMany(epoch => EpochDraw.Of(training, epoch, samples: 10, batchSize: 4, factors))];
        Assert.HasCount(iterations == 0 ? 3000 : 2800, draws);
        for (int i = 0; i < 10; i++)
        {
            double expected = draws.Length * factors[i] / factors.Sum();
            Assert.AreEqual(expected, draws.Count(d => d.Index == i), 0.05 * expected, $"sample {i}");
        }
        // However often a sample comes, it is changed in another way each time.
        Assert.HasCount(draws.Length, draws.Select(d => d.Random(1, 10).Next()).Distinct());
        // The last pass may be cut short by the end of the last epoch.
        foreach (EpochDraw[] pass in draws.GroupBy(d => d.Pass).Select(p => p.ToArray()))
        {
            Assert.HasCount(10, pass);
            Assert.IsTrue(pass.Count(d => d.Index == 3) is 2 or 3);
        }
    }

    [TestMethod]
    public void WithoutFactorsDrawsAreAsBefore()
    {
        TrainingOptions training = new() { IterationsPerEpoch = 0 };
        CollectionAssert.AreEqual(EpochDraw.Of(training, 4, 10, 2).Select(d => d.Index).ToArray(), SampleRandom.Order(training.Seed, 4, 10));
        Assert.AreEqual(new SampleRandom(5, 4, 3).Next(), new EpochDraw(3, 4).Random(5, 10).Next());
    }

    [TestMethod]
    public void TheLoaderCountsImagesByClass()
    {
        var cache = new SampleCache(new SampleSource(8, i =>
        {
            (SegML.Images.RgbaImage image, SegML.Masks.SegmentationMask mask) = BoxScenes.Draw(i, 32, 24);
            mask.Ids.Fill((byte)(i == 0 ? 1 : 0));
            return (image, mask);
        }), BoxScenes.Pipeline.Input, 1 << 20);
        double[]? factors = RepeatFactors.Of(0.5, cache, BoxScenes.Pipeline.Classes);
        CollectionAssert.AreEqual(new[] { 2.0, 1, 1, 1, 1, 1, 1, 1 }, factors);
        Assert.IsNull(RepeatFactors.Of(0.1, cache, BoxScenes.Pipeline.Classes));
    }
}
