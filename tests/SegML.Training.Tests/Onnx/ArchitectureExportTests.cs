using SegML.Onnx;
using SegML.Tests.Onnx.Architectures;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Networks that people have, at their full width, with random weights and perturbed statistics.</summary>
[TestClass]
public sealed class ArchitectureExportTests
{
    [TestMethod]
    public void ResNet18Exports()
    {
        using var net = new ResNet18();
        Check(net, 11_689_512, [1, 3, 64, 64]);
    }

    [TestMethod]
    public void MobileNetV2Exports()
    {
        using var net = new MobileNetV2();
        Check(net, 3_504_872, [1, 3, 64, 64]);
    }

    [TestMethod]
    public void SegFormerB0Exports()
    {
        using var net = new SegFormerB0(19);
        OnnxExportReport report = Check(net, 3_719_027, [1, 3, 64, 96]);
        Assert.IsTrue(report.Shapes.Any(s => s.InputShape[2] % 2 == 1));
    }

    private static OnnxExportReport Check(nn.Module net, long parameters, long[] shape)
    {
        using var exported = new Exported();
        OnnxExportReport report = exported.Export(net, shape);
        Assert.AreEqual(parameters, report.Parameters);
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, report.DynamicAxes.ToArray());
        Assert.HasCount(4, report.Shapes);
        return report;
    }
}
