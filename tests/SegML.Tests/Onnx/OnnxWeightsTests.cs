using SegML.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

[TestClass]
public sealed class OnnxWeightsTests
{
    [TestMethod]
    [DataRow(OnnxWeightMatching.Name)]
    [DataRow(OnnxWeightMatching.Order)]
    public void WeightsComeBackAsTheyWere(OnnxWeightMatching matching)
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 8, 8], Exported.Random with { FoldBatchNorm = false });
        using var other = new SmallUNet();
        other.eval();
        OnnxWeightReport report = OnnxWeights.Load(other, exported.File, matching);
        Assert.IsEmpty(report.Missing);
        Assert.IsEmpty(report.Unused);
        Tensor input = Exported.Input(1, 3, 9, 11);
        using (no_grad())
        {
            CollectionAssert.AreEqual(net.call(input).data<float>().ToArray(), other.call(input).data<float>().ToArray());
        }
    }

    [TestMethod]
    public void DryRunReportsAndChangesNothing()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("a", nn.Conv2d(3, 4, 1)), ("b", nn.Conv2d(4, 5, 1)));
        exported.Export(net, [1, 3, 8, 8]);
        using var other = nn.Sequential(("a", nn.Conv2d(3, 4, 1)), ("c", nn.Conv2d(4, 6, 1)));
        float[] before = other.get_parameter("a.weight")!.data<float>().ToArray();
        OnnxWeightReport report = OnnxWeights.Load(other, exported.File, dryRun: true);
        CollectionAssert.AreEqual(new[] { ("a.bias", "a.bias"), ("a.weight", "a.weight") }, report.Loaded.Order().ToArray());
        CollectionAssert.AreEqual(new[] { "c.bias", "c.weight" }, report.Missing.Order().ToArray());
        CollectionAssert.AreEqual(new[] { "b.bias", "b.weight" }, report.Unused.Order().ToArray());
        CollectionAssert.AreEqual(before, other.get_parameter("a.weight")!.data<float>().ToArray());
    }

    [TestMethod]
    public void TruncatedModelIsRefusedAndTheModuleIsAsItWas()
    {
        using var exported = new Exported();
        using var net = nn.Conv2d(3, 4, 3);
        exported.Export(net, [1, 3, 8, 8]);
        byte[] whole = File.ReadAllBytes(exported.File);
        using var other = nn.Conv2d(3, 4, 3);
        float[] before = other.weight!.data<float>().ToArray();
        for (int length = 1; length < whole.Length / 2; length += 29)
        {
            File.WriteAllBytes(exported.File, whole[..length]);
            var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(other, exported.File));
            Assert.StartsWith(exported.File, e.Message);
        }
        CollectionAssert.AreEqual(before, other.weight.data<float>().ToArray());
    }
}
