using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Quantization;

/// <summary>What cannot be quantized is told in one line, and leaves the file that was there.</summary>
[TestClass]
public sealed class QuantizationFaultTests
{
    private static readonly long[] Shape = [1, 3, 12, 12];

    private static readonly QuantizationOptions Quiet = new() { TimingRounds = 0, MinAgreement = 0 };

    private static nn.Module<Tensor, Tensor> Net() => nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 1));

    [TestMethod]
    public void AModelWithoutWeightsIsRefused()
    {
        Refused(nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), Feeds.Normal(1, 1, Shape), Quiet, "has no Conv, Gemm or MatMul with a constant float32 weight to quantize");
        // The only convolution makes the output.
        Refused(nn.Sequential(nn.ReLU(), nn.Conv2d(3, 2, 1)), Feeds.Normal(1, 1, Shape), Quiet, "set QuantizeOutputs");
        Refused(Net(), Feeds.Normal(1, 1, Shape), Quiet with { KeepInFloat = ["0"] }, "has no Conv, Gemm or MatMul");
    }

    [TestMethod]
    public void AQuantizedModelIsRefused()
    {
        using var exported = new Exported();
        using nn.Module<Tensor, Tensor> net = Net();
        exported.Export(net, Shape);
        string once = Path.Combine(exported.Folder, "once.onnx"), twice = Path.Combine(exported.Folder, "twice.onnx");
        OnnxQuantizer.Quantize(exported.File, Feeds.Normal(2, 1, Shape), once, Quiet);
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxQuantizer.Quantize(once, Feeds.Normal(2, 1, Shape), twice, Quiet));
        Assert.AreEqual($"{once} is quantized already; quantize the float32 model that it was made from", e.Message);
        Assert.IsFalse(File.Exists(twice));
    }

    [TestMethod]
    public void AFileThatIsNoModelIsRefused()
    {
        using var exported = new Exported();
        Assert.Contains("nothing.onnx cannot be read", Assert.ThrowsExactly<OnnxExportException>(() =>
            OnnxQuantizer.Quantize(Path.Combine(exported.Folder, "nothing.onnx"), Feeds.Normal(1, 1, Shape), exported.File)).Message);
    }

    [TestMethod]
    public void FeedsThatDoNotFitAreNamed()
    {
        Refused(Net(), [], Quiet, "the calibration has no feeds");
        Refused(Net(), [.. Feeds.Normal(0, 1, Shape), new Dictionary<string, OrtValue>()], Quiet, "feed 1 has no input \"input\"; ");
        Refused(Net(), Feeds.Normal(2, 1, 1, 5, 12, 12), Quiet, "feed 1 has \"input\" as Float [1, 5, 12, 12]; ", "takes Float [any, 3, any, any]");
        Refused(Net(), Feeds.Normal(2, 1, 3, 12, 12), Quiet, "feed 1 has \"input\" as Float [3, 12, 12]; ");
        // Too small for the convolution, which only running it shows.
        Refused(Net(), Feeds.Normal(2, 1, 1, 3, 1, 1), Quiet, "feed 1 cannot be run by ");
        Refused(Net(), Feeds.Normal(2, 1, Shape), Quiet with { HeldOut = [] }, "the held-out feeds are none");
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void FeedsThatAreNotFiniteAreNamed(float bad)
    {
        float[] values = Feeds.Values(1, Shape);
        values[77] = bad;
        using OrtValue good = OrtValue.CreateTensorValueFromMemory(Feeds.Values(1, Shape), Shape), spoilt = OrtValue.CreateTensorValueFromMemory(values, Shape);
        Refused(Net(), [new Dictionary<string, OrtValue> { ["input"] = good }, new Dictionary<string, OrtValue> { ["input"] = spoilt }], Quiet,
            "feed 2 makes \"input\" NaN or infinite; ");
    }

    [TestMethod]
    public void FeedsThatChangeBetweenThePassesAreNoticed()
    {
        int passes = 0;
        IEnumerable<IReadOnlyDictionary<string, OrtValue>> Fewer()
        {
            return Feeds.Normal(3 - passes++, 1, Shape);
        }

        Refused(Net(), Enumerable.Repeat(0, 1).SelectMany(_ => Fewer()), Quiet, "the calibration has 3 feeds at first and 2 when enumerated again");
    }

    [TestMethod]
    public void UnknownNodesAndOptionsOutOfRangeAreNamed()
    {
        Refused(Net(), Feeds.Normal(1, 1, Shape), Quiet with { KeepInFloat = ["stem"] }, "has no node \"stem\" to keep in float");
        foreach (QuantizationOptions options in (QuantizationOptions[])[Quiet with { Percentile = 50 }, Quiet with { Percentile = 101 }, Quiet with { MaxLoss = -1 },
            Quiet with { SensitivityFeeds = 0 }, Quiet with { MinAgreement = 2 }, Quiet with { TimingRounds = -1 }, Quiet with { Calibration = (CalibrationMethod)9 }])
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => OnnxQuantizer.Quantize("a.onnx", [], "b.onnx", options));
        }
    }

    [TestMethod]
    public void AResultThatIsTooFarIsNotWritten() =>
        Refused(Net(), Feeds.Normal(2, 1, Shape), Quiet with { MinSignalToNoise = 200 }, "would differ from the float model by", "no file was written");

    // One line that holds these texts, and the file that was at the target is as it was.
    private static void Refused(nn.Module<Tensor, Tensor> net, IEnumerable<IReadOnlyDictionary<string, OrtValue>> feeds, QuantizationOptions options, params string[] texts)
    {
        using var exported = new Exported();
        using (net)
        {
            exported.Export(net, Shape);
        }
        string target = Path.Combine(exported.Folder, "int8.onnx");
        File.WriteAllText(target, "before");
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxQuantizer.Quantize(exported.File, feeds, target, options));
        Array.ForEach(texts, t => Assert.Contains(t, e.Message));
        Assert.DoesNotContain("\n", e.Message);
        Assert.AreEqual("before", File.ReadAllText(target));
        Assert.HasCount(2, Directory.GetFiles(exported.Folder));
    }
}
