using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class FcHarDNetTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("fc-hardnet");

    // 68, 76 and 84: the table of Chao et al. 2019 on CamVid. 70: the authors' repository, with the 19 classes of Cityscapes.
    [TestMethod]
    [DataRow(68, 11, 1.4e6)]
    [DataRow(76, 11, 3.5e6)]
    [DataRow(84, 11, 8.4e6)]
    [DataRow(70, 19, 4.12e6)]
    public void HasThePapersSize(int depth, int classes, double size)
    {
        using var network = new FcHarDNet(classes, new FcHarDNetOptions { Depth = depth });
        Assert.AreEqual(size, Size(network), depth == 70 ? 0.005e6 : 0.055e6);
    }
}
