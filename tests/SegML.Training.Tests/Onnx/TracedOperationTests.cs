using SegML.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>What a forward computes with tensors, without modules for it, as most TorchSharp code is written.</summary>
[TestClass]
public sealed class TracedOperationTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> Forwards = new()
    {
        ["arithmetic"] = x => (x + 1) * x / 2 - x.pow(2) + 3 - x.abs().sqrt() + (x.abs() + 1).rsqrt(),
        ["in place"] = x => (x * 2).add_(x).mul_(0.5).relu_().clamp_(0, 0.7),
        ["in place on a view"] = x =>
        {
            Tensor y = x * 2;
            y[TensorIndex.Colon, 0].add_(1);
            y.narrow(2, 1, 2).mul_(-1);
            y.transpose(2, 3)[TensorIndex.Colon, 1, 0].zero_();
            return y;
        },
        ["a view reads what is written later"] = x =>
        {
            Tensor y = x * 2, view = y.view(x.shape[0], x.shape[1], -1), halves = y.chunk(2, 1)[1];
            y.add_(1);
            return view.sum(2).unsqueeze(2).unsqueeze(3) + halves.mean() + y;
        },
        ["assignment to a slice"] = x =>
        {
            Tensor y = zeros_like(x);
            y[TensorIndex.Ellipsis, TensorIndex.Slice(1, 3)] = x[TensorIndex.Ellipsis, TensorIndex.Slice(0, 2)];
            y[TensorIndex.Colon, 2] = 3;
            return y;
        },
        ["shapes that C# reads"] = x => x.view(x.shape[0], x.shape[1], x.shape[2] * x.shape[3]).transpose(1, 2).reshape(-1, x.shape[1]),
        ["half of the size"] = x => x.narrow(2, 0, x.shape[2] / 2).contiguous(),
        ["tokens and back"] = x => x.flatten(2).permute(2, 0, 1).permute(1, 2, 0).reshape(x.shape),
        ["padding to a multiple"] = x => nn.functional.pad(x, [0, (4 - x.shape[3] % 4) % 4, 0, (4 - x.shape[2] % 4) % 4]),
        ["cat, stack, split"] = x => cat([x, stack([x, x], 0).sum([0L]), .. x.split(2, 1)], 1),
        ["chunk and gate"] = x => x.chunk(2, 1) is [Tensor a, Tensor b] ? a * b.sigmoid() : x,
        ["reductions"] = x => x.max(1).values + x.mean([1L]) + x.std(1) + x.amin([1L]) + x.sum(1) + x.logsumexp(1) + x.norm(1) + x.argmax(1),
        ["where and masks"] = x => where(x > 0, x, x.masked_fill(x.lt(-1), -5) * 0.1),
        ["interpolation to a size"] = x => nn.functional.interpolate(nn.functional.avg_pool2d(x, 2, 1), [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear, align_corners: true),
        ["interpolation by a scale"] = x => nn.functional.interpolate(x, scale_factor: [2.0, 2.0], mode: InterpolationMode.Nearest),
        ["a grid of positions"] = x =>
        {
            Tensor[] grid = meshgrid([arange(x.shape[2]), arange(x.shape[3])], indexing: "ij");
            return x + grid[0].to(ScalarType.Float32) * 0.1 + grid[1] * 0.01;
        },
        ["gather and index"] = x => x.gather(1, x.argmax(1, keepdim: true)) + x.index_select(1, tensor(new long[] { 1, 0, 3, 2 })) + x[TensorIndex.Colon, TensorIndex.Tensor(tensor(new long[] { 3, 2, 1, 0 }))],
        ["topk and sort"] = x => x.topk(2, 1).values.sum(1, keepdim: true) + x.sort(1).Values,
        ["einsum and softmax"] = x => einsum("nchw,ndhw->ncd", x, x).softmax(-1),
        ["attention"] = x => nn.functional.scaled_dot_product_attention(x, x, x) + nn.functional.scaled_dot_product_attention(x, x, x, is_casual: true),
        ["roll, flip, repeat"] = x => x.roll(1, 2) + x.flip(3) + x.repeat(1, 1, 1, 1) + x.cumsum(1),
        ["normalisations"] = x => nn.functional.layer_norm(x.permute(0, 2, 3, 1), [4L]).permute(0, 3, 1, 2) + nn.functional.normalize(x, dim: 1),
        ["activations"] = x => nn.functional.gelu(x) + nn.functional.silu(x) + nn.functional.hardtanh(x, -0.5, 0.5) + nn.functional.leaky_relu(x, 0.1) + nn.functional.softplus(x) + nn.functional.elu(x, 1),
        ["a triangle and an expansion"] = x => x + tril(ones(4, 4)).unsqueeze(2).unsqueeze(3).mean([0L]).expand(x.shape[0], 4, 1, 1),
        ["full and linspace"] = x => x + full([1, 4, 1, 1], 2.5) + linspace(0, 1, 4).view(1, 4, 1, 1),
        ["repeat_interleave"] = x => x.repeat_interleave(2, 3),
        ["means of a size that C# computes"] = x => nn.functional.adaptive_avg_pool2d(x, [(x.shape[2] + 1) / 2, (x.shape[3] + 1) / 2]),
        ["a normalisation over sizes that vary"] = x => nn.functional.layer_norm(x, [x.shape[1], x.shape[2], x.shape[3]]),
        ["statistics of the batch"] = x => nn.functional.batch_norm(x, null, null, training: true, eps: 0.01),
        ["flattened from the second and to the last but one"] = x => x.flatten(1, 2).sum(1) + x.flatten(2).sum(2, keepdim: true).mean(),
        ["unbind and stack"] = x => stack(x.unbind(1).Reverse().ToArray(), 1),
    };

    public static IEnumerable<object[]> Cases => Forwards.Keys.Select(k => new object[] { k });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ForwardOfOperationsExportsForAllSizes(string name)
    {
        using var exported = new Exported();
        using var net = new Composed((p, x) => Forwards[name](p[0].forward(x)), nn.Conv2d(3, 4, 1));
        OnnxExportReport report = exported.Export(net, [1, 3, 6, 8]);
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, report.DynamicAxes.ToArray(), string.Join("; ", report.Remarks));
    }

    [TestMethod]
    [DataRow(OnnxExporter.MinOpset)]
    [DataRow(OnnxExporter.MaxOpset)]
    public void OperationsAreWrittenForEveryOpset(int opset)
    {
        using var exported = new Exported();
        foreach (string name in Forwards.Keys.Except(opset < 14 ? ["a triangle and an expansion"] : []))
        {
            using var net = new Composed((p, x) => Forwards[name](p[0].call(x)), nn.Conv2d(3, 4, 1));
            exported.Export(net, [1, 3, 6, 8], Exported.Random with { Opset = opset });
        }
    }

    [TestMethod]
    public void NodesAreNamedAfterTheModuleThatComputes()
    {
        using var exported = new Exported();
        using var inner = new Composed((p, x) => p[0].call(x) + x, nn.Conv2d(3, 3, 1));
        using var net = nn.Sequential(("first", inner), ("second", nn.ReLU()));
        exported.Export(net, [1, 3, 8, 8]);
        Assert.IsTrue(SegML.Onnx.Graphs.ModelFile.Read(exported.File).Graph.Node.Any(n => n.OpType == "Add" && n.Name == "first/add"));
    }

    [TestMethod]
    public void OperatorWithoutEmitterIsNamedAndOneCanBeAdded()
    {
        using var exported = new Exported();
        using var net = nn.Sequential(("odd", new Composed((_, x) => x.digamma())));
        net.eval();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, ones(1, 3, 8, 8), exported.File));
        Assert.Contains("digamma in odd (Composed) has no emitter", e.Message);
        Assert.Contains("options.Emitters.AddOperator(\"digamma\"", e.Message);

        using var cubes = new Composed((_, x) => x.sinc());
        cubes.eval();
        var options = new OnnxExportOptions();
        options.Emitters.AddOperator("sinc", c =>
        {
            string scaled = c.Node("Mul", [c.Value(0), c.Float(Math.PI)]);
            return c.Node("Div", [c.Node("Sin", [scaled]), scaled]);
        });
        OnnxExporter.Export(cubes, Exported.Input(1, 3, 8, 8), exported.File, options);
    }

    [TestMethod]
    public void SizeThatNothingExplainsIsFixedAndSaid()
    {
        using var exported = new Exported();
        using var net = new Composed((_, x) => x.sum([2L, 3L]) * tensor(Enumerable.Range(0, (int)(x.shape[2] * 7 % 5) + 1).Select(i => (float)i).ToArray()).sum());
        OnnxExportReport report = exported.Export(net, [1, 3, 6, 8]);
        CollectionAssert.AreEqual(new[] { 0 }, report.DynamicAxes.ToArray());
        Assert.HasCount(1, report.Remarks);
        Assert.Contains("that no operation on tensors computed", report.Remarks[0]);
    }

    [TestMethod]
    public void TensorsInFieldsAndModulesInListsAreFound()
    {
        using var exported = new Exported();
        using var net = new Unregistered();
        exported.Export(net, [1, 4, 6, 6]);
        CollectionAssert.Contains(SegML.Onnx.Graphs.ModelFile.Read(exported.File).Graph.Initializer.Select(i => i.Name).ToArray(), "_offset");
    }

    [TestMethod]
    public void CachesThatAreWrittenToKeepTheirContentAndTheModelBeginsWithIt()
    {
        using var exported = new Exported();
        using var net = new Cached();
        OnnxExportReport report = exported.Export(net, [1, 5, 4]);
        Assert.Contains("_cache is written to", report.Remarks.Single());
        Assert.AreEqual(0, net.Cache.abs().sum().item<float>(), "the module is as it was");
    }

    [TestMethod]
    public void DictionariesRecordsAndNestedTuplesOfTensorsAreReturned()
    {
        using var exported = new Exported();
        using var net = new Several();
        net.eval();
        OnnxExporter.Export(net, Exported.Input(1, 3, 6, 6), exported.File, Exported.Random);
        Assert.HasCount(4, SegML.Onnx.Graphs.ModelFile.Read(exported.File).Graph.Output);
    }

    [TestMethod]
    public void DropoutThatForwardCreatesIsRefused()
    {
        using var exported = new Exported();
        using var net = new Composed((_, x) => nn.Dropout(0.3).forward(x));
        net.eval();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Exported.Random));
        Assert.Contains("dropout in training mode", e.Message);
    }

    [TestMethod]
    public void AssertionsOfAModuleThatFailAreRefusals()
    {
        using var exported = new Exported();
        using var net = new Composed((_, x) =>
        {
            System.Diagnostics.Trace.Assert(x.shape[2] == 8, "of one size only");
            return x * 2;
        });
        net.eval();
        OnnxExportReport report = OnnxExporter.Export(net, Exported.Input(1, 3, 8, 6), exported.File, Exported.Random);
        CollectionAssert.AreEqual(new[] { 0, 3 }, report.DynamicAxes.ToArray());
    }

    [TestMethod]
    public void NumbersThatOnlyHappenToFitTheTracedSizesAreFound()
    {
        using var exported = new Exported();
        // 24 positions at 8x12, 9x13 and 6x16, the sizes that are traced.
        using var net = new Composed((p, x) => p[0].forward(x) is var y ? y.view(y.shape[0], y.shape[1], y.shape[2] * y.shape[3]).softmax(2) : x, nn.Conv2d(3, 4, 2, stride: 2));
        exported.Export(net, [1, 3, 8, 12]);
        using var model = new SegML.Onnx.Verification.OnnxRun(exported.File);
        Assert.AreEqual(20, model.Run([Exported.Input(2, 3, 8, 10)])[0].shape[2]);
    }

    [TestMethod]
    public void WritingIntoAParameterIsRefused()
    {
        using var exported = new Exported();
        using var net = new Composed((p, x) => p[0].call(x) + ((Conv2d)p[0]).bias!.add_(1).view(1, 3, 1, 1), nn.Conv2d(3, 3, 1));
        net.eval();
        var e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(net, Exported.Input(1, 3, 8, 8), exported.File, Exported.Random));
        Assert.Contains("part0.bias is written to", e.Message);
    }

    private sealed class Cached() : nn.Module<Tensor, Tensor>("cached")
    {
        private readonly Tensor _cache = zeros(8, 40, 4);

        public Tensor Cache => _cache;

        public override Tensor forward(Tensor x)
        {
            _cache[..(int)x.shape[0], ..(int)x.shape[1]] = x;
            return _cache[..(int)x.shape[0], ..(int)x.shape[1]].cumsum(1);
        }
    }

    private sealed record Found(Tensor Sum, string Name);

    private sealed class Several() : nn.Module<Tensor, (Dictionary<string, Tensor>, Found, Dictionary<string, object>)>("several")
    {
        public override (Dictionary<string, Tensor>, Found, Dictionary<string, object>) forward(Tensor x) =>
            (new() { ["twice"] = x * 2 }, new Found(x.sum(1), "sum"), new() { ["both"] = new[] { x + 1, x.relu() }, ["count"] = 2 });
    }

    private sealed class Unregistered : nn.Module<Tensor, Tensor>
    {
        private readonly Tensor _offset = ones(1, 4, 1, 1);
        private readonly List<nn.Module<Tensor, Tensor>> _list = [nn.Conv2d(4, 4, 1), nn.ReLU()];

        public Unregistered() : base("unregistered") => _list.ForEach(m => m.eval());

        public override Tensor forward(Tensor x) => _list.Aggregate(x, (value, module) => module.forward(value)) + _offset;
    }
}
