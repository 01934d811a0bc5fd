using Microsoft.ML.OnnxRuntime;
using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Modules;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Quantization;

/// <summary>Tiny models quantized: close to their float models, in integer kernels, and only where asked.</summary>
[TestClass]
public sealed class OnnxQuantizerTests
{
    private static readonly long[] Shape = [1, 3, 24, 32];

    private static readonly QuantizationOptions Quiet = new() { TimingRounds = 0, MinAgreement = 0 };

    [TestMethod]
    [DataRow(CalibrationMethod.MinMax, 28.0)]
    [DataRow(CalibrationMethod.AveragedMinMax, 28.0)]
    [DataRow(CalibrationMethod.Percentile, 28.0)]
    [DataRow(CalibrationMethod.Entropy, 20.0)]
    public void ItStaysCloseAndKeepsNamesShapesAndMetadata(CalibrationMethod method, double decibels)
    {
        using var exported = new Exported();
        Export(exported, new SmallUNet(), new OnnxExportOptions { Metadata = new Dictionary<string, string> { ["owner"] = "us", ["kind"] = "float" } });
        string path = Path.Combine(exported.Folder, "int8.onnx");
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(6, 1, Shape), path, Quiet with
        {
            Calibration = method,
            HeldOut = Feeds.Normal(2, 50, Shape),
            Metadata = new Dictionary<string, string> { ["kind"] = "int8" },
        });
        Assert.IsGreaterThan(decibels, report.SignalToNoise);
        Assert.AreEqual((6, 2), (report.CalibrationFeeds, report.ComparedFeeds));
        Assert.AreEqual(new FileInfo(path).Length, report.FileSize);
        CollectionAssert.AreEqual(new[] { "encoder1/conv", "pool", "encoder2/conv", "up", "concat", "decoder/conv" }, report.Quantized.ToArray());

        // Another size, as the float model takes.
        using OnnxSession quantized = new(File.ReadAllBytes(path), path), original = new(File.ReadAllBytes(exported.File), path);
        foreach (IReadOnlyDictionary<string, OrtValue> feed in Feeds.Normal(1, 9, 2, 3, 17, 41))
        {
            var agreement = new Agreement();
            using IDisposableReadOnlyCollection<OrtValue> expected = original.Run(feed, 1), actual = quantized.Run(feed, 1);
            CollectionAssert.AreEqual(new long[] { 2, 4, 17, 41 }, actual[0].GetTensorTypeAndShape().Shape);
            agreement.Add(expected, actual);
            Assert.IsGreaterThan(decibels - 6, agreement.SignalToNoise);
        }
        Dictionary<string, string> metadata = ModelFile.Read(path).MetadataProps.ToDictionary(p => p.Key, p => p.Value);
        Assert.AreEqual("us int8", $"{metadata["owner"]} {metadata["kind"]}");
        Assert.Contains(method.ToString(), metadata["quantization"]);
    }

    [TestMethod]
    public void OnnxRuntimeComputesEveryQuantizedNodeWithIntegers()
    {
        using var exported = new Exported();
        Export(exported, new SmallUNet());
        string[] operators = Optimized(exported, Quiet);
        Assert.AreEqual(3, operators.Count(o => o == "QLinearConv"));
        Assert.AreEqual(1, operators.Count(o => o is "Conv" or "FusedConv"), "the output's own");
        CollectionAssert.Contains(operators, "QLinearConcat");
        Assert.DoesNotContain("Relu", operators);

        operators = Optimized(exported, Quiet with { KeepInFloat = ["encoder2/conv"] });
        Assert.AreEqual(2, operators.Count(o => o == "QLinearConv"));
        operators = Optimized(exported, Quiet with { QuantizeOutputs = true });
        Assert.AreEqual(4, operators.Count(o => o == "QLinearConv"));

        using var residual = new Exported();
        Export(residual, nn.Sequential(new ResidualBlock(3, 8, 2), new ResidualBlock(8, 8, 1), nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 5, 1), nn.Sigmoid(), nn.Conv2d(5, 2, 1)));
        operators = Optimized(residual, Quiet);
        Assert.AreEqual(6, operators.Count(o => o == "QLinearConv"));
        Assert.AreEqual(2, operators.Count(o => o == "QLinearAdd"));
        CollectionAssert.Contains(operators, "QLinearGlobalAveragePool");
        CollectionAssert.Contains(operators, "QLinearSigmoid");
        Assert.DoesNotContain("Relu", operators);
    }

    [TestMethod]
    public void LinearLayersAreQuantizedToo()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 16, hasBias: false), nn.ReLU6(), nn.Linear(16, 7));
        exported.Export(net, [4, 20]);
        string path = Path.Combine(exported.Folder, "int8.onnx");
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(6, 1, 4, 20), path, Quiet with { QuantizeOutputs = true, TimingRounds = 2 });
        Assert.HasCount(3, report.Quantized);
        Assert.IsGreaterThan(25, report.SignalToNoise);
        Assert.IsGreaterThan(0, report.Milliseconds);
        Assert.AreEqual(report.Milliseconds / report.FloatMilliseconds, report.LatencyRatio);
    }

    [TestMethod]
    public void NodesAreLeftInFloatByNameAndTheirWeightsAreTheFloatModels()
    {
        using var exported = new Exported();
        Export(exported, new SmallUNet());
        string path = Path.Combine(exported.Folder, "int8.onnx");
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, Shape), path, Quiet with { KeepInFloat = ["encoder2/conv", "concat"] });
        CollectionAssert.AreEqual(new[] { "encoder2/conv", "concat" }, report.KeptInFloat.ToArray());
        CollectionAssert.AreEqual(new[] { "encoder1/conv", "pool", "decoder/conv" }, report.Quantized.ToArray());
        Dictionary<string, TensorProto> constants = ModelFile.Read(path).Graph.Initializer.ToDictionary(i => i.Name);
        TensorProto original = ModelFile.Read(exported.File).Graph.Initializer.First(i => i.Name == "encoder2.conv.weight");
        Assert.AreEqual(original.RawData, constants["encoder2.conv.weight"].RawData);
        Assert.IsFalse(constants.ContainsKey("encoder1.conv.weight"));
    }

    [TestMethod]
    public void TheSameFeedsGiveTheSameFile()
    {
        using var exported = new Exported();
        Export(exported, new SmallUNet());
        string first = Path.Combine(exported.Folder, "first.onnx"), second = Path.Combine(exported.Folder, "second.onnx");
        OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, Shape), first, Quiet);
        OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, Shape), second, Quiet);
        CollectionAssert.AreEqual(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    [TestMethod]
    public void ADegenerateModelIsQuantizedToo()
    {
        // A channel that training has switched off, with a bias that is large for it; a branch that is always 0; a shared weight.
        using var exported = new Exported();
        using var conv = nn.Conv2d(3, 3, 1);
        using var dead = nn.Conv2d(3, 3, 1);
        using (no_grad())
        {
            conv.weight![0].fill_(1e-12);
            conv.bias![0].fill_(5);
            dead.weight!.fill_(0);
            dead.bias!.fill_(0);
        }
        using var add = new Add();
        using var joined = new Joined(conv, dead, add);
        joined.eval();
        OnnxExporter.Export(joined, Exported.Input(1, 3, 12, 10), exported.File, Exported.Random);
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, 1, 3, 12, 10), Path.Combine(exported.Folder, "int8.onnx"),
            Quiet with { QuantizeOutputs = true });
        Assert.HasCount(4, report.Quantized);
        Assert.IsGreaterThan(25, report.SignalToNoise);
    }

    [TestMethod]
    public void IntegerKernelsComputeWhatTheFileSays()
    {
        // Groups, depthwise, strides, dilations, a clipped range: with all optimisations, and with none, where every node works on reals.
        using var exported = new Exported();
        Export(exported, nn.Sequential(nn.Conv2d(3, 8, 3, padding: 1), nn.ReLU6(), nn.Conv2d(8, 8, 3, groups: 8, padding: 1), nn.BatchNorm2d(8), nn.ReLU(),
            nn.Conv2d(8, 12, 3, groups: 4, stride: 2), nn.LeakyReLU(0.1), nn.AvgPool2d(2), nn.Conv2d(12, 8, 3, dilation: 2, padding: 2), nn.Hardswish(), nn.Conv2d(8, 5, 1)));
        string path = Path.Combine(exported.Folder, "int8.onnx");
        using Tensor first = Exported.Input(Shape), second = Exported.Input(2, 3, 31, 22);
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, OnnxFeeds.FromTensors("input", [first, second]), path, Quiet);
        // Four convolutions, LeakyRelu, the mean, and the product in Hardswish.
        Assert.HasCount(7, report.Quantized, string.Join(", ", report.Quantized));
        using OnnxSession fused = new(File.ReadAllBytes(path), path), plain = new(File.ReadAllBytes(path), path, GraphOptimizationLevel.ORT_DISABLE_ALL);
        foreach (IReadOnlyDictionary<string, OrtValue> feed in OnnxFeeds.FromTensors("input", [first]))
        {
            var agreement = new Agreement();
            using IDisposableReadOnlyCollection<OrtValue> expected = plain.Run(feed, 1), actual = fused.Run(feed, 1);
            agreement.Add(expected, actual);
            // A code more or less where a product lies between two.
            Assert.IsGreaterThan(report.SignalToNoise + 6, agreement.SignalToNoise);
        }
    }

    [TestMethod]
    public void NamesThatTheModelHasAreNotTakenAgain()
    {
        using var exported = new Exported();
        Export(exported, nn.Sequential(("x", nn.Conv2d(3, 4, 1)), ("y", nn.Sequential(("quantized", nn.Conv2d(4, 4, 1)), ("dequantized", nn.Conv2d(4, 4, 1)))), ("z", nn.Conv2d(4, 4, 1))));
        ModelProto model = ModelFile.Read(exported.File);
        foreach (NodeProto node in model.Graph.Node)
        {
            // As other tools may do: no names, and values called as the quantized ones are going to be.
            node.Name = "";
            (node.Input[0], node.Output[0]) = (Renamed(node.Input[0]), Renamed(node.Output[0]));
        }
        ModelFile.Write(exported.File, model, _ => { });
        QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, Shape), Path.Combine(exported.Folder, "int8.onnx"),
            Quiet with { QuantizeOutputs = true });
        CollectionAssert.AreEqual(new[] { "x", "x/quantized", "x/dequantized", "output" }, report.Quantized.ToArray());

        static string Renamed(string value) => value.Replace("y/", "x/", StringComparison.Ordinal);
    }

    [TestMethod]
    public void RandomNetworksAreQuantized()
    {
        // What cannot be quantized must be left alone, wherever it stands.
        int quantized = 0;
        for (int seed = 0; seed < 25; seed++)
        {
            var random = new Random(seed);
            (int, int)[] plan = [.. Enumerable.Range(0, 8).Select(_ => (random.Next(16), random.Next(24)))];
            using var exported = new Exported();
            using var network = new RandomNetwork(plan);
            exported.Export(network, [1, 3, 13, 15]);
            string path = Path.Combine(exported.Folder, "int8.onnx");
            try
            {
                QuantizationReport report = OnnxQuantizer.Quantize(exported.File, Feeds.Normal(4, 1, 1, 3, 13, 15), path,
                    Quiet with { Calibration = CalibrationMethod.MinMax, MinSignalToNoise = 12 });
                quantized += report.Quantized.Count;
                using var session = new OnnxSession(File.ReadAllBytes(path), path, GraphOptimizationLevel.ORT_DISABLE_ALL);
            }
            catch (OnnxExportException e) when (e.Fault.StartsWith("has no Conv", StringComparison.Ordinal))
            {
            }
        }
        Assert.IsGreaterThan(40, quantized);
    }

    private static void Export(Exported exported, nn.Module<Tensor, Tensor> net, OnnxExportOptions? options = null)
    {
        using (net)
        {
            Exported.Perturb(net);
            net.eval();
            OnnxExporter.Export(net, Exported.Input(Shape), exported.File, Exported.Random with { Metadata = options?.Metadata ?? new Dictionary<string, string>() });
        }
    }

    // The operators that ONNX Runtime makes of the quantized model.
    private static string[] Optimized(Exported exported, QuantizationOptions options)
    {
        string path = Path.Combine(exported.Folder, "int8.onnx"), optimized = Path.Combine(exported.Folder, "optimized.onnx");
        OnnxQuantizer.Quantize(exported.File, Feeds.Normal(3, 1, Shape), path, options);
        using var session = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_EXTENDED, OptimizedModelFilePath = optimized };
        new InferenceSession(path, session).Dispose();
        // Not what was written: its checksum is that of the model before.
        return [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(optimized)).Graph.Node.Select(n => n.OpType)];
    }

    /// <summary>conv(relu(conv(x))) + relu(dead(x)).</summary>
    private sealed class Joined : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> conv, dead, relu1 = nn.ReLU(), relu2 = nn.ReLU();
        private readonly Add add;

        public Joined(nn.Module<Tensor, Tensor> conv, nn.Module<Tensor, Tensor> dead, Add add) : base("joined")
        {
            (this.conv, this.dead, this.add) = (conv, dead, add);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => add.call(conv.call(relu1.call(conv.call(x))), relu2.call(dead.call(x)));
    }
}
