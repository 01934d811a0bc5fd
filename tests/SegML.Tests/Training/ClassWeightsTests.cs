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
}
