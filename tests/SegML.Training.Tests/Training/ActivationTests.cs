using System.Text.Json.Nodes;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ActivationTests
{
    [TestMethod]
    [DataRow("fcn-light", "relu")]
    [DataRow("fcn-light", "leakyRelu")]
    [DataRow("fcn-light", "elu")]
    [DataRow("fcn-light", "silu")]
    [DataRow("fcn-light", "gelu")]
    [DataRow("fcn-light", "hardswish")]
    [DataRow("fcn-light", "mish")]
    [DataRow("unet", "leakyRelu")]
    [DataRow("unet", "mish")]
    public void ItIsInTheNetworkAndExportsToTheSame(string name, string activation)
    {
        using var folder = new TemporaryFolder();
        using SegmentationNetwork plain = Create(name, "relu"), network = Create(name, activation);
        using var generator = new Generator(4, CPU);
        using Tensor image = randn([1, 3, 32, 40], generator: generator);
        SmallNetworks.Settle(plain);
        SmallNetworks.Settle(network);
        Assert.AreEqual(activation == "relu", plain.call(image).allclose(network.call(image), atol: 1e-4));
        OnnxExportReport report = OnnxExporter.Export(network, image, folder.File("net.onnx"), new OnnxExportOptions
        {
            MinArgmaxAgreement = 0.999,
            VerifyShapes = [[2, 3, 33, 71]],
        });
        Assert.IsLessThanOrEqualTo(1e-3, report.MaxDifference);
    }

    [TestMethod]
    [DataRow("leakyRelu")]
    [DataRow("elu")]
    [DataRow("silu")]
    [DataRow("gelu")]
    [DataRow("hardswish")]
    [DataRow("mish")]
    public void ItLearnsInSixteenBits(string activation)
    {
        foreach (Precision precision in (Precision[])[Precision.BFloat16, Precision.Float16])
        {
            using SegmentationNetwork network = Create("fcn-light", activation);
            ConvLayer.SetPrecision(network, precision);
            network.train();
            using DisposeScope scope = NewDisposeScope();
            network.CoarseLogits(randn(2, 3, 32, 40)).to_type(ScalarType.Float32).pow(2).mean().backward();
            Assert.IsTrue(network.parameters().All(p => p.grad is { } gradient && gradient.isfinite().all().item<bool>()), precision.ToString());
        }
    }

    [TestMethod]
    public void AnUnknownOneIsAnError()
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => Create("unet", "tanh"));
        Assert.Contains("activation", fault.Message);
    }

    private static SegmentationNetwork Create(string name, string activation)
    {
        manual_seed(1);
        var options = new JsonObject { ["width"] = 4, ["activation"] = activation };
        if (name == "unet")
        {
            options["depth"] = 2;
        }
        return NetworkCatalog.Create(new NetworkOptions { Name = name, Options = options }, 4);
    }
}
