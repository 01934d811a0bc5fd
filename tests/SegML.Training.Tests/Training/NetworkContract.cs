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
    [DataRow(Precision.Float16)]
    public void GradientsReachEveryParameter(Precision precision)
    {
        using SegmentationNetwork network = Create(1);
        ConvLayer.SetPrecision(network, precision);
        OpenResidualBranches(network);
        network.train();
        using Tensor image = Images(2, 32, 40);
        // Float16 loses small gradients where the loss is not scaled, and large ones where it is scaled too much.
        double scale = precision == Precision.Float16 ? 4096 : 2;
        do
        {
            scale /= 2;
            network.zero_grad();
            (network.call(image).to_type(ScalarType.Float32).pow(2).mean() * scale).backward();
        }
        while (scale > 1 && network.parameters().Any(p => p.grad is { } gradient && !gradient.isfinite().all().item<bool>()));
        foreach ((string name, var parameter) in network.named_parameters())
        {
            Assert.IsNotNull(parameter.grad, name);
            Assert.IsGreaterThan(0, parameter.grad.abs().max().item<float>(), name);
            Assert.AreEqual(ScalarType.Float32, parameter.grad.dtype, name);
        }
    }

    /// <summary>
    /// Untrained deep networks magnify any rounding. So the measure is what rounding the image alone to bfloat16 does in float32;
    /// rounding each layer's input and weights does 2 to 5 times as much.
    /// </summary>
    [TestMethod]
    public void BFloat16IsCloseToFloat32WhileTrainingAndAbsentFromEvaluation()
    {
        using SegmentationNetwork network = Create(1);
        using Tensor image = Images(2, 96, 96);
        using Tensor rounded = image.to_type(ScalarType.BFloat16).to_type(ScalarType.Float32);
        network.train();
        using Tensor exact = Logits(image), ofRounded = Logits(rounded);
        ConvLayer.SetPrecision(network, Precision.BFloat16);
        using Tensor inBFloat16 = Logits(image);
        Assert.AreEqual(ScalarType.BFloat16, inBFloat16.dtype);
        float size = exact.abs().mean().item<float>(), unit = Difference(ofRounded), error = Difference(inBFloat16);
        Assert.IsLessThan(Math.Min(6 * unit, 0.5f * size), error);
        network.eval();
        using Tensor evaluated = network.call(image);
        Assert.AreEqual(ScalarType.Float32, evaluated.dtype);

        // The same dropout each time.
        Tensor Logits(Tensor of)
        {
            manual_seed(3);
            return network.CoarseLogits(of);
        }

        float Difference(Tensor logits) => (logits.to_type(ScalarType.Float32) - exact).abs().mean().item<float>();
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
        SmallNetworks.Settle(network);
        using Tensor image = Images(1, 48, 64);
        OnnxExportReport report = OnnxExporter.Export(network, image, folder.File("net.onnx"), new OnnxExportOptions
        {
            MinArgmaxAgreement = 0.999,
            VerifyShapes = [[1, 3, 1, 1], [2, 3, 33, 71]],
        });
        Assert.IsLessThanOrEqualTo(2e-4, report.MaxDifference);
        Assert.HasCount(3, report.Shapes);
    }

    protected static Tensor Images(int batch, int height, int width)
    {
        manual_seed(5);
        return randn(batch, 3, height, width);
    }

    /// <summary>The number of parameters that training changes.</summary>
    protected static long Size(nn.Module network) => network.parameters().Sum(p => p.numel());

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
            if (parameter.dim() == 1 && (name.Contains("norm", StringComparison.Ordinal) || name.Contains("bn", StringComparison.Ordinal))
                && name.EndsWith("weight", StringComparison.Ordinal))
            {
                nn.init.uniform_(parameter, 0.5, 1.5);
            }
        }
    }
}
