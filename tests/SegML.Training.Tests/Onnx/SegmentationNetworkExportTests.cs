using SegML.Onnx;
using SegML.Tests.Training;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Every network that SegML trains, at the product's own tolerances, down to the smallest sizes.</summary>
[TestClass]
public sealed class SegmentationNetworkExportTests
{
    public static IEnumerable<object[]> Cases => SmallNetworks.AtOpsets;

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void NetworkExportsAtAnySizeAndChoosesTheSameClasses(string name, int opset)
    {
        using var exported = new Exported();
        using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of(name), 12);
        Exported.Perturb(network);
        SmallNetworks.Settle(network);
        Tensor example = Exported.Input(1, 3, 48, 64);
        OnnxExportReport report = OnnxExporter.Export(network, example, exported.File, new OnnxExportOptions
        {
            Opset = opset,
            InputName = "image",
            OutputName = "logits",
            VerifyShapes = [[1, 3, 45, 61], [2, 3, 33, 80], [1, 3, 1, 1]],
        });
        Assert.AreEqual(1, report.ArgmaxAgreement);
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, report.DynamicAxes.ToArray());
        Assert.IsNull(OnnxParity.Compare(network, exported.File, example).FirstDivergent);
    }
}
