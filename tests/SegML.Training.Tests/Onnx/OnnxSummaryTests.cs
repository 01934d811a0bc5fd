using System.Xml.Linq;
using SegML.Onnx;
using SegML.Onnx.Analysis;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

[TestClass]
public sealed class OnnxSummaryTests
{
    [TestMethod]
    public void CostsAreThoseOfThePaper()
    {
        using var exported = new Exported();
        using var net = new Architectures.ResNet18();
        exported.Export(net, [1, 3, 64, 64], Exported.Random with { FoldBatchNorm = true });
        OnnxSummary summary = OnnxSummary.Read(exported.File);
        // 1.8 G multiply-adds and 11.7 M parameters at 224x224; folding took two vectors and added one for each normalisation.
        Assert.AreEqual(1.814e9, summary.Macs, 0.002e9);
        Assert.AreEqual(11_689_512 - 4800, summary.Parameters);
        // The stem's result beside its activation: twice 64 x 112 x 112 floats.
        Assert.AreEqual(2 * 64 * 112 * 112 * 4, summary.PeakActivationBytes);
    }

    [TestMethod]
    public void OperatorsAreCountedByHand()
    {
        (nn.Module Net, long[] Shape, long Macs)[] cases =
        [
            (nn.Conv2d(4, 6, 3, groups: 2), [1, 4, 10, 12], 6 * 8 * 10 * 2 * 9),
            (nn.ConvTranspose2d(4, 6, 2, stride: 2), [1, 4, 5, 7], 4 * 5 * 7 * 6 * 4),
            (nn.Linear(12, 5), [3, 12], 3 * 12 * 5),
            (nn.Linear(12, 5), [2, 3, 12], 2 * 3 * 12 * 5),
            (nn.LSTM(5, 4), [6, 3, 5], 6 * 3 * (4 * 4 * 5 + 4 * 4 * 4)),
            (nn.ReLU(), [1, 4, 5, 7], 0),
        ];
        foreach ((nn.Module net, long[] shape, long macs) in cases)
        {
            using var exported = new Exported();
            exported.Export(net, shape, Exported.Random with { Dynamic = false });
            Assert.AreEqual(macs, OnnxSummary.Read(exported.File).Macs, net.GetType().Name);
        }
    }

    [TestMethod]
    public void ModulesAreFoldedAndSkipsAreEdges()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 16, 20]);
        var sizes = new Dictionary<string, long> { ["H"] = 32, ["W"] = 40 };
        OnnxSummary summary = OnnxSummary.Read(exported.File, sizes, maxBlocks: 8);
        CollectionAssert.AreEqual(new[] { "input", "encoder1", "pool", "encoder2", "up", "concat", "decoder", "head", "output" }, summary.Blocks.Select(b => b.Name).ToArray());
        OnnxEdge skip = summary.Edges.Single(e => e.From == 1 && e.To == 5);
        CollectionAssert.AreEqual(new long[] { 1, 6, 32, 40 }, skip.Shape.ToArray());
        CollectionAssert.AreEqual(new[] { "Conv", "Relu" }, summary.Blocks[1].Operators.ToArray());
        Assert.AreEqual(summary.Macs, OnnxSummary.Read(exported.File, sizes, maxBlocks: 100).Macs);
        Assert.IsGreaterThan(summary.Blocks.Count, OnnxSummary.Read(exported.File, sizes, maxBlocks: 100).Blocks.Count);
    }

    [TestMethod]
    public void PictureIsADocumentWithEveryBlockInItsPlace()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 16, 20]);
        OnnxSummary summary = OnnxSummary.Read(exported.File);
        XElement svg = XDocument.Parse(summary.ToSvg()).Root!;
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        foreach (OnnxBlock block in summary.Blocks)
        {
            Assert.Contains(block.Name, texts);
        }
        double width = (double)svg.Attribute("width")!, height = (double)svg.Attribute("height")!;
        foreach (XElement box in svg.Descendants().Where(e => e.Name.LocalName == "rect"))
        {
            Assert.IsLessThanOrEqualTo(width, (double?)box.Attribute("x") ?? 0 + (double)box.Attribute("width")!);
            Assert.IsLessThanOrEqualTo(height, ((double?)box.Attribute("y") ?? 0) + (double)box.Attribute("height")!);
        }
        Assert.HasCount(summary.Edges.Count(e => e.To != e.From + 1), svg.Descendants().Where(e => (string?)e.Attribute("class") == "skip").ToArray());
    }

    [TestMethod]
    public void InputThatNoMachineHoldsIsRefused()
    {
        using var exported = new Exported();
        exported.Export(nn.ReLU(), [1, 3, 4, 4]);
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxSummary.Read(exported.File, new Dictionary<string, long> { ["H"] = 1L << 40 }));
        Assert.Contains("give smaller sizes", e.Message);
    }
}
