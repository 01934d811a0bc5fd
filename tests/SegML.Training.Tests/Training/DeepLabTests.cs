using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class DeepLabTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("deeplabv3plus");

    /// <summary>A bottleneck encoder, and the resolutions of the paper: 1/16 at the deepest, 1/4 at the finest.</summary>
    [TestMethod]
    public void TakesEachEncoderAndDecodesAtAQuarter()
    {
        foreach (int depth in (int[])[18, 34, 50])
        {
            using var network = new DeepLab(3, new DeepLabOptions { EncoderDepth = depth, Width = 4, HeadWidth = 8 });
            network.eval();
            using Tensor logits = network.CoarseLogits(Images(1, 64, 96));
            CollectionAssert.AreEqual(new long[] { 1, 3, 16, 24 }, logits.shape);
        }
    }
}
