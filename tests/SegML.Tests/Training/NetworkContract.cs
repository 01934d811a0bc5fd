using SegML.Onnx;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>What every network keeps to. A network's test class derives from it and says how to make a small one.</summary>
public abstract class NetworkContract
{
    protected const int Classes = 4;

    protected abstract NetworkOptions Options { get; }

    [TestMethod]
    [DataRow(1, 1, 1)]
    [DataRow(1, 2, 3)]
    [DataRow(2, 17, 33)]
    [DataRow(1, 64, 48)]
    [DataRow(1, 97, 5)]
    public void LogitsHaveTheSizeOfTheInput(int batch, int height, int width)
    {
        using SegmentationNetwork network = Create(1);
        network.eval();
        using Tensor image = Images(batch, height, width);
        using Tensor logits = network.call(image);
        CollectionAssert.AreEqual(new long[] { batch, Classes, height, width }, logits.shape);
        Assert.IsTrue(logits.isfinite().all().item<bool>());
    }

    [TestMethod]
    [DataRow(Precision.Float32)]
    [DataRow(Precision.BFloat16)]
    public void GradientsReachEveryParameter(Precision precision)
    {
        using SegmentationNetwork network = Create(1);
        ConvLayer.SetPrecision(network, precision);
        OpenResidualBranches(network);
        network.train();
        using Tensor image = Images(2, 32, 40);
        network.call(image).to_type(ScalarType.Float32).pow(2).mean().backward();
        foreach ((string name, var parameter) in network.named_parameters())
        {
            Assert.IsNotNull(parameter.grad, name);
            Assert.IsGreaterThan(0, parameter.grad.abs().max().item<float>(), name);
            Assert.AreEqual(ScalarType.Float32, parameter.grad.dtype, name);
        }
    }

    [TestMethod]
    public void BFloat16IsCloseToFloat32WhileTrainingAndAbsentFromEvaluation()
    {
        using SegmentationNetwork network = Create(1);
        using Tensor image = Images(4, 64, 64);
        network.train();
        using Tensor exact = network.CoarseLogits(image);
        ConvLayer.SetPrecision(network, Precision.BFloat16);
        using Tensor rounded = network.CoarseLogits(image);
        Assert.AreEqual(ScalarType.BFloat16, rounded.dtype);
        float error = (rounded.to_type(ScalarType.Float32) - exact).abs().mean().item<float>();
        Assert.IsLessThan(0.05f * exact.abs().mean().item<float>(), error);
        network.eval();
        using Tensor evaluated = network.call(image);
        Assert.AreEqual(ScalarType.Float32, evaluated.dtype);
    }

    [TestMethod]
    public void TorchSharpSavesAndLoadsIt()
    {
        using var folder = new TemporaryFolder();
        using SegmentationNetwork first = Create(1), second = Create(2);
        first.save(folder.File("net.dat"));
        second.load(folder.File("net.dat"));
        first.eval();
        second.eval();
        using Tensor image = Images(1, 30, 20);
        TensorAssert.AreSame(first.call(image), second.call(image));
    }

    [TestMethod]
    public void ExportComputesTheSame()
    {
        using var folder = new TemporaryFolder();
        using SegmentationNetwork network = Create(1);
        OpenResidualBranches(network);
        network.eval();
        using Tensor image = Images(1, 48, 64);
        OnnxExportReport report = OnnxExporter.Export(network, image, folder.File("net.onnx"), new OnnxExportOptions
        {
            VerifyShapes = [[1, 3, 1, 1], [1, 3, 48, 64], [1, 3, 33, 71], [2, 3, 50, 34]],
        });
        Assert.IsLessThanOrEqualTo(1e-4, report.MaxDifference);
        Assert.HasCount(5, report.Shapes);
    }

    protected static Tensor Images(int batch, int height, int width)
    {
        manual_seed(5);
        return randn(batch, 3, height, width);
    }

    private SegmentationNetwork Create(int seed)
    {
        manual_seed(seed);
        return NetworkCatalog.Create(Options, Classes);
    }

    /// <summary>Batch norms whose scale starts at 0 would hide the convolutions before them.</summary>
    private static void OpenResidualBranches(SegmentationNetwork network)
    {
        using IDisposable noGradients = no_grad();
        foreach ((string name, var parameter) in network.named_parameters())
        {
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                nn.init.uniform_(parameter, 0.5, 1.5);
            }
        }
    }
}
