using SegML.Pipelines;
using SegML.Training.Losses;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ClassWeightsTests
{
    [TestMethod]
    public void NoneIsOneForAll() =>
        CollectionAssert.AreEqual(new[] { 1f, 1f, 1f }, ClassWeights.From([5, 100, 0], ClassWeighting.None));

    [TestMethod]
    public void InverseSquareRootFollowsTheShares()
    {
        float[] weights = ClassWeights.From([900, 100, 0, 0], ClassWeighting.InverseSquareRoot);
        Assert.AreEqual(3, weights[1] / weights[0], 1e-6);
        Assert.AreEqual(1, (weights[0] + weights[1]) / 2, 1e-6);
        Assert.AreEqual(1, weights[2]);
    }

    [TestMethod]
    public void InverseLogIsThatOfENet()
    {
        float[] weights = ClassWeights.From([900, 100], ClassWeighting.InverseLog);
        Assert.AreEqual(Math.Log(2.0) / Math.Log(1.2), weights[1] / weights[0], 1e-5);
    }

    [TestMethod]
    public void MedianFrequencyIsOneForTheClassInTheMiddle()
    {
        float[] weights = ClassWeights.From([700, 100, 0, 200], ClassWeighting.MedianFrequency);
        CollectionAssert.AreEqual(new[] { 200f / 700, 2, 1, 1 }, weights);
    }

    [TestMethod]
    public void EffectiveNumberIsThatOfItsDefinition()
    {
        // Of 1,000 pixels, b = 0.999: the definition itself, without its limit.
        float[] weights = ClassWeights.From([900, 100], ClassWeighting.EffectiveNumber);
        Assert.AreEqual((1 - Math.Pow(0.999, 900)) / (1 - Math.Pow(0.999, 100)), weights[1] / weights[0], 1e-2);
    }
}
