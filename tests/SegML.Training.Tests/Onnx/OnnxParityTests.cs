using SegML.Onnx;
using SegML.Onnx.Graphs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

[TestClass]
public sealed class OnnxParityTests
{
    [TestMethod]
    public void EveryModuleOfAFaithfulModelAgrees()
    {
        using var exported = new Exported();
        using var net = new SmallUNet();
        exported.Export(net, [1, 3, 16, 20]);
        OnnxParityReport report = OnnxParity.Compare(net, exported.File, Exported.Input(1, 3, 11, 14));
        Assert.IsNull(report.FirstDivergent);
        CollectionAssert.AreEqual(new[] { "encoder1/conv", "encoder2/conv", "decoder/conv" }, report.NotCompared.ToArray());
        Assert.AreEqual("head", report.Modules[^1].Name);
    }

    [TestMethod]
    public void FirstDivergentModuleIsNamedWithItsValues()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("conv", nn.Conv2d(3, 3, 1)), ("gate", nn.Sigmoid()), ("head", nn.Conv2d(3, 3, 1)));
        net.eval();
        var wrong = new OnnxExportOptions { RelativeTolerance = 10 };
        wrong.Emitters.Add<Sigmoid>((_, e) => e.Node("Tanh", [e.Input]));
        OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, wrong with { MinArgmaxAgreement = 0 });
        ModuleParity first = OnnxParity.Compare(net, exported.File, Exported.Input(1, 3, 8, 8)).FirstDivergent!;
        Assert.AreEqual("gate", first.Name);
        Assert.AreEqual("Sigmoid", first.ModuleType);
        Assert.AreEqual(first.MaxDifference, Math.Abs(first.Expected - first.Actual), 1e-9);
    }

    [TestMethod]
    public void FileThatIsNoModelIsRefused()
    {
        using var exported = new Exported();
        using var net = nn.ReLU();
        net.eval();
        File.WriteAllText(exported.File, "not a model");
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxParity.Compare(net, exported.File, Exported.Input(1, 3, 8, 8)));
        Assert.StartsWith(exported.File, e.Message);
        Assert.ThrowsExactly<OnnxExportException>(() => OnnxParity.Compare(net, exported.File + ".missing", Exported.Input(1, 3, 8, 8)));
    }
}
