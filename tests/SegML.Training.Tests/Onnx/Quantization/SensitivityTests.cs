using SegML.Onnx;
using SegML.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Quantization;

/// <summary>
/// A network with one value that 8 bits cannot hold: channels of the sizes 1 and 1000, both of which matter to what follows. The
/// convolutions around it, "b" and "c", must be found.
/// </summary>
[TestClass]
public sealed class SensitivityTests
{
    private static readonly long[] Shape = [1, 3, 10, 12];

    private static readonly QuantizationOptions Quiet = new() { TimingRounds = 0, MinAgreement = 0, MinSignalToNoise = -100, HeldOut = Feeds.Normal(3, 40, Shape) };

    [TestMethod]
    public void TheNodesThatDisturbAreFoundAndNoMore()
    {
        using var exported = new Exported();
        Export(exported);
        QuantizationReport plain = Quantize(exported, Quiet), chosen = Quantize(exported, Quiet with { MaxLoss = 0.005 });
        Assert.IsLessThan(15, plain.SignalToNoise);
        Assert.IsNull(plain.Loss);
        Assert.HasCount(0, plain.Sensitivities);

        CollectionAssert.AreEquivalent(new[] { "b", "c" }, chosen.KeptInFloat.ToArray());
        CollectionAssert.AreEquivalent(new[] { "b", "c" }, chosen.Sensitivities.Take(2).Select(s => s.Node).ToArray());
        Assert.HasCount(5, chosen.Sensitivities);
        Assert.IsLessThanOrEqualTo(0.005, chosen.Loss!.Value);
        Assert.IsGreaterThan(22, chosen.SignalToNoise);
    }

    [TestMethod]
    public void AGoodModelIsNotSearched()
    {
        using var exported = new Exported();
        Export(exported);
        QuantizationReport report = Quantize(exported, Quiet with { MaxLoss = 100 });
        Assert.HasCount(0, report.KeptInFloat);
        Assert.HasCount(0, report.Sensitivities);
        Assert.IsNotNull(report.Loss);
    }

    [TestMethod]
    public void TheCallersLossDecidesInFewCalls()
    {
        using var exported = new Exported();
        Export(exported);
        int calls = 0;
        // Each byte saved costs: satisfied only when three nodes are in float.
        List<int> sizes = [];
        QuantizationReport report = Quantize(exported, Quiet with
        {
            MaxLoss = 0.5,
            Loss = candidate =>
            {
                calls++;
                sizes.Add(candidate.Length);
                return calls is 1 or 2 or 3 ? 1 : 0;
            },
        });
        // None, 1, 2, 4 in float; then 3, which will do.
        Assert.AreEqual(5, calls);
        Assert.HasCount(3, report.KeptInFloat);
        Assert.AreEqual(0.0, report.Loss);
    }

    [TestMethod]
    public void ALossThatCannotBeMetIsToldAndNothingWritten()
    {
        using var exported = new Exported();
        Export(exported);
        var e = Assert.ThrowsExactly<OnnxExportException>(() => Quantize(exported, Quiet with { MaxLoss = 0.1, Loss = _ => 1 }));
        Assert.Contains("loses 1 even with 4 of 5 nodes in float (allowed 0.1)", e.Message);
        Assert.IsFalse(File.Exists(Path.Combine(exported.Folder, "int8.onnx")));
    }

    private static QuantizationReport Quantize(Exported exported, QuantizationOptions options) =>
        OnnxQuantizer.Quantize(exported.File, Feeds.Normal(5, 1, Shape), Path.Combine(exported.Folder, "int8.onnx"), options);

    private static void Export(Exported exported)
    {
        using var net = nn.Sequential(("a", nn.Conv2d(3, 8, 3, padding: 1)), ("r1", nn.ReLU()), ("b", nn.Conv2d(8, 8, 3, padding: 1)), ("r2", nn.ReLU()),
            ("c", nn.Conv2d(8, 8, 1)), ("r3", nn.ReLU()), ("d", nn.Conv2d(8, 8, 3, padding: 1)), ("r4", nn.ReLU()), ("e", nn.Conv2d(8, 8, 1)), ("r5", nn.ReLU()),
            ("head", nn.Conv2d(8, 1, 1)));
        Exported.Perturb(net);
        using (no_grad())
        {
            // Half of b's channels are 1000 times the others, and c takes the factor back.
            foreach ((string name, nn.Module module) in net.named_children())
            {
                if (name == "b")
                {
                    ((TorchSharp.Modules.Conv2d)module).weight![TensorIndex.Slice(0, 4)].mul_(1000);
                    ((TorchSharp.Modules.Conv2d)module).bias![TensorIndex.Slice(0, 4)].mul_(1000);
                }
                if (name == "c")
                {
                    ((TorchSharp.Modules.Conv2d)module).weight![TensorIndex.Colon, TensorIndex.Slice(0, 4)].div_(1000);
                }
            }
        }
        net.eval();
        OnnxExporter.Export(net, Exported.Input(Shape), exported.File, Exported.Random);
    }
}
