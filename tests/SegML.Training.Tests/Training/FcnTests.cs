using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class FcnTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("fcn");

    // The published state dictionaries of torchvision, less the classifier: 11.69, 21.80 and 25.56 million with it.
    [TestMethod]
    [DataRow(18, 11_689_512 - 1000 * 513)]
    [DataRow(34, 21_797_672 - 1000 * 513)]
    [DataRow(50, 25_557_032 - 1000 * 2049)]
    public void ItsEncoderHasTheSizeOfTorchvisions(int depth, int size)
    {
        using var encoder = new ResNetEncoder(depth, 64, 3);
        Assert.AreEqual(size, Size(encoder));
        string[] names = [.. encoder.named_parameters().Select(p => p.name)];
        CollectionAssert.IsSubsetOf(new[] { "conv1.conv.weight", "bn1.bias", "layer1.0.conv2.conv.weight", "layer4.0.downsample.1.weight" }, names);
    }

    [TestMethod]
    [DataRow(32, 2)]
    [DataRow(16, 4)]
    [DataRow(8, 8)]
    public void ScoresAtTheResolutionThatIsAskedFor(int stride, int rows)
    {
        using var network = new Fcn(3, new FcnOptions { Width = 4, OutputStride = stride });
        network.eval();
        using Tensor logits = network.CoarseLogits(Images(1, 64, 64));
        CollectionAssert.AreEqual(new long[] { 1, 3, rows, rows }, logits.shape);
    }
}
