using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class LmffNetTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("lmffnet");

    /// <summary>Shi et al. 2022: 1.4 million, and 1.35 million where others quote it; ours has a scale and a bias for each class beyond it.</summary>
    [TestMethod]
    public void HasThePapersSize()
    {
        using var network = new LmffNet(19);
        Assert.AreEqual(1.35e6, Size(network) - 2 * 19, 0.01e6);
    }
}
