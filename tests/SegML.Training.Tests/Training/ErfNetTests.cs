using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ErfNetTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("erfnet");

    /// <summary>Romera et al. 2018 and the authors' repository: 2.06 million with Cityscapes' classes and one for the rest.</summary>
    [TestMethod]
    public void HasThePapersSize()
    {
        using var network = new ErfNet(20);
        Assert.AreEqual(2.06e6, Size(network), 0.01e6);
    }
}
