using System.Runtime.InteropServices;
using Google.Protobuf;
using SegML.Onnx;
using SegML.Onnx.Protobuf;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

[TestClass]
public sealed class OnnxWeightsTests
{
    [TestMethod]
    [DataRow("name")]
    [DataRow("order")]
    [DataRow("structure")]
    public void WeightsComeBackAsTheyWere(string matching)
    {
        using var exported = new Exported();
        // SmallUNet has its head before its decoder, so that its order is not the file's.
        nn.Module<Tensor, Tensor> Create() => matching == "order"
            ? nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.BatchNorm2d(6))
            : new SmallUNet();
        using nn.Module<Tensor, Tensor> net = Create(), other = Create();
        exported.Export(net, [1, 3, 8, 8], Exported.Random with { FoldBatchNorm = false });
        other.eval();
        OnnxWeightReport report = matching == "structure" ? OnnxWeights.LoadByStructure(other, Exported.Input(1, 3, 8, 8), exported.File)
            : OnnxWeights.Load(other, exported.File, matching == "name" ? OnnxWeightMatching.Name : OnnxWeightMatching.Order);
        Assert.IsEmpty(report.Missing);
        Assert.IsEmpty(report.Unused);
        Tensor input = Exported.Input(1, 3, 9, 11);
        using (no_grad())
        {
            CollectionAssert.AreEqual(net.call(input).data<float>().ToArray(), other.call(input).data<float>().ToArray());
        }
    }

    [TestMethod]
    public void DryRunReportsAndChangesNothing()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("a", nn.Conv2d(3, 4, 1)), ("b", nn.Conv2d(4, 5, 1)));
        exported.Export(net, [1, 3, 8, 8]);
        using var other = nn.Sequential(("a", nn.Conv2d(3, 4, 1)), ("c", nn.Conv2d(4, 6, 1)));
        float[] before = other.get_parameter("a.weight")!.data<float>().ToArray();
        OnnxWeightReport report = OnnxWeights.Load(other, exported.File, dryRun: true);
        CollectionAssert.AreEqual(new[] { ("a.bias", "a.bias"), ("a.weight", "a.weight") }, report.Loaded.Order().ToArray());
        CollectionAssert.AreEqual(new[] { "c.bias", "c.weight" }, report.Missing.Order().ToArray());
        CollectionAssert.AreEqual(new[] { "b.bias", "b.weight" }, report.Unused.Order().ToArray());
        CollectionAssert.AreEqual(before, other.get_parameter("a.weight")!.data<float>().ToArray());
    }

    [TestMethod]
    public void ConstantOfAnotherShapeIsReportedWithBoth()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("head", nn.Conv2d(3, 4, 1)));
        exported.Export(net, [1, 3, 8, 8]);
        using var other = nn.Sequential(("head", nn.Conv2d(3, 6, 1, bias: false)));
        OnnxWeightReport report = OnnxWeights.Load(other, exported.File);
        CollectionAssert.AreEqual(new[] { "head.weight is [6, 3, 1, 1] in the module and [4, 3, 1, 1] in the model" }, report.Mismatched.ToArray());
        CollectionAssert.AreEqual(new[] { "head.weight" }, report.Missing.ToArray());
    }

    /// <summary>As other exporters write a fully connected layer: half precision, a Constant node, the matrix the other way round.</summary>
    [TestMethod]
    public void PublishedModelsMatricesAreTurnedAndWidened()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("fc", nn.Linear(3, 3)), ("head", nn.Linear(3, 2)));
        Half[] matrix = [.. Enumerable.Range(0, 9).Select(i => (Half)(i * 0.25))];
        var graph = new GraphProto();
        var fc = new TensorProto { Name = "onnx::MatMul_7", DataType = (int)TensorProto.Types.DataType.Float16, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<Half>(matrix)) };
        fc.Dims.AddRange([3L, 3L]);
        var head = new TensorProto { DataType = (int)TensorProto.Types.DataType.Double };
        head.DoubleData.AddRange([1, 2, 3, 4, 5, 6]);
        head.Dims.AddRange([3L, 2L]);
        graph.Initializer.Add(fc);
        graph.Node.Add(new NodeProto { OpType = "Constant", Output = { "second" }, Attribute = { new AttributeProto { Name = "value", T = head } } });
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "onnx::MatMul_7" }, Output = { "y" } });
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "y", "second" }, Output = { "z" } });
        File.WriteAllBytes(exported.File, new ModelProto { Graph = graph }.ToByteArray());
        OnnxWeightReport report = OnnxWeights.Load(net, exported.File, OnnxWeightMatching.Order);
        CollectionAssert.AreEqual(new[] { ("fc.weight", "onnx::MatMul_7"), ("head.weight", "second") }, report.Loaded.ToArray());
        CollectionAssert.AreEqual(new[] { "fc.weight", "head.weight" }, report.Turned.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 0.75f, 1.5f, 0.25f, 1, 1.75f, 0.5f, 1.25f, 2 }, net.get_parameter("fc.weight")!.contiguous().data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 3, 5, 2, 4, 6 }, net.get_parameter("head.weight")!.contiguous().data<float>().ToArray());
    }

    [TestMethod]
    public void TruncatedModelIsRefusedAndTheModuleIsAsItWas()
    {
        using var exported = new Exported();
        using var net = nn.Conv2d(3, 4, 3);
        exported.Export(net, [1, 3, 8, 8]);
        byte[] whole = File.ReadAllBytes(exported.File);
        using var other = nn.Conv2d(3, 4, 3);
        float[] before = other.weight!.data<float>().ToArray();
        for (int length = 1; length < whole.Length / 2; length += 29)
        {
            File.WriteAllBytes(exported.File, whole[..length]);
            var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(other, exported.File));
            Assert.StartsWith(exported.File, e.Message);
        }
        CollectionAssert.AreEqual(before, other.weight.data<float>().ToArray());
    }

    /// <summary>The branches of a residual block have normalisations of one shape: in the file's order they would swap.</summary>
    [TestMethod]
    public void LayersAreFoundByTheirPlacesWhereNamesAndOrderDiffer()
    {
        using var exported = new Exported();
        using var theirs = new Residual(shortcutFirst: true);
        exported.Export(theirs, [1, 3, 8, 8], Exported.Random with { FoldBatchNorm = false });
        using var ours = new Residual(shortcutFirst: false);
        ours.eval();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.Load(ours, exported.File, OnnxWeightMatching.Order));
        Assert.Contains("its order is not the module's", e.Message);
        OnnxWeightReport report = OnnxWeights.LoadByStructure(ours, Exported.Input(1, 3, 8, 8), exported.File);
        Assert.IsEmpty(report.Missing);
        Assert.IsEmpty(report.Unused);
        Tensor input = Exported.Input(2, 3, 9, 11);
        using (no_grad())
        {
            CollectionAssert.AreEqual(theirs.call(input).data<float>().ToArray(), ours.call(input).data<float>().ToArray());
        }
    }

    [TestMethod]
    public void LayersThatFitOnePlaceAlikeAreRefused()
    {
        using var exported = new Exported();
        using var twins = new Composed((parts, x) => parts[0].call(x) * parts[1].call(x), nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3));
        exported.Export(twins, [1, 3, 8, 8]);
        using var other = new Composed((parts, x) => parts[0].call(x) * parts[1].call(x), nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3));
        other.eval();
        float[] before = other.get_parameter("part0.weight")!.data<float>().ToArray();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxWeights.LoadByStructure(other, Exported.Input(1, 3, 8, 8), exported.File));
        Assert.Contains("has 2 layers", e.Message);
        CollectionAssert.AreEqual(before, other.get_parameter("part0.weight")!.data<float>().ToArray());
    }

    /// <summary>A bias as an Add behind its matrix, and a layer more than the module has.</summary>
    [TestMethod]
    public void AnAddedBiasIsItsLayersAndWhatTheModuleLacksIsUnused()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("fc", nn.Linear(3, 2)));
        net.eval();
        var graph = new GraphProto();
        foreach ((string name, long[] shape, float[] values) in ((string, long[], float[])[])
            [("m", [3, 2], [1, 2, 3, 4, 5, 6]), ("b", [1, 2], [7, 8]), ("more", [2, 2], [1, 0, 0, 1])])
        {
            var constant = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)) };
            constant.Dims.AddRange(shape);
            graph.Initializer.Add(constant);
        }
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "m" }, Output = { "y" } });
        graph.Node.Add(new NodeProto { OpType = "Add", Input = { "b", "y" }, Output = { "z" } });
        graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "z", "more" }, Output = { "w" } });
        File.WriteAllBytes(exported.File, new ModelProto { Graph = graph }.ToByteArray());
        OnnxWeightReport report = OnnxWeights.LoadByStructure(net, Exported.Input(1, 3), exported.File);
        CollectionAssert.AreEqual(new[] { "more" }, report.Unused.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 3, 5, 2, 4, 6 }, net.get_parameter("fc.weight")!.contiguous().data<float>().ToArray());
        CollectionAssert.AreEqual(new[] { 7f, 8 }, net.get_parameter("fc.bias")!.data<float>().ToArray());
    }

    private sealed class Residual : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Sequential _stem, _block, _shortcut;

        public Residual(bool shortcutFirst) : base("residual")
        {
            string prefix = shortcutFirst ? "a" : "b";
            _stem = nn.Sequential(("conv", nn.Conv2d(3, 4, 3, padding: 1)), ("bn", nn.BatchNorm2d(4)), ("relu", nn.ReLU()));
            _block = nn.Sequential(("conv1", nn.Conv2d(4, 6, 3, stride: 2, padding: 1)), ("bn1", nn.BatchNorm2d(6)), ("relu", nn.ReLU()),
                ("conv2", nn.Conv2d(6, 6, 3, padding: 1)), ("bn2", nn.BatchNorm2d(6)));
            _shortcut = nn.Sequential(("conv", nn.Conv2d(4, 6, 1, stride: 2)), ("bn", nn.BatchNorm2d(6)));
            ShortcutFirst = shortcutFirst;
            register_module(prefix + "stem", _stem);
            register_module(prefix + (shortcutFirst ? "shortcut" : "block"), shortcutFirst ? _shortcut : _block);
            register_module(prefix + (shortcutFirst ? "block" : "shortcut"), shortcutFirst ? _block : _shortcut);
            using (no_grad())
            {
                foreach (var (name, statistics) in named_buffers().Where(b => b.name.Contains("running", StringComparison.Ordinal)))
                {
                    statistics.uniform_(0.5, 1.5);
                }
                foreach (TorchSharp.Modules.BatchNorm2d norm in modules().OfType<TorchSharp.Modules.BatchNorm2d>())
                {
                    norm.weight!.uniform_(0.5, 1.5);
                    norm.bias!.uniform_(-0.5, 0.5);
                }
            }
            eval();
        }

        private bool ShortcutFirst { get; }

        public override Tensor forward(Tensor input)
        {
            Tensor x = _stem.call(input);
            if (ShortcutFirst)
            {
                Tensor shortcut = _shortcut.call(x);
                return nn.functional.relu(_block.call(x) + shortcut);
            }
            return nn.functional.relu(_block.call(x) + _shortcut.call(x));
        }
    }
}
