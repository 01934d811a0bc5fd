using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class SegFormerTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("segformer");

    /// <summary>Xie et al. 2021: 3.8 million with the 150 classes of ADE20K; the authors' published B0 for 19 classes has 3,719,027.</summary>
    [TestMethod]
    public void HasThePapersSize()
    {
        using SegFormer cityscapes = new(19), ade = new(150);
        Assert.AreEqual(3_719_027, Size(cityscapes));
        Assert.AreEqual(3.8e6, Size(ade), 0.05e6);
    }
}
