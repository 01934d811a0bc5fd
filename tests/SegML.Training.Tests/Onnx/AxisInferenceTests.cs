using SegML.Onnx;
using SegML.Onnx.Graphs;
using SegML.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Which dimensions of which inputs may vary is found out by running the module; what comes out holds at sizes that no run had.</summary>
[TestClass]
public sealed class AxisInferenceTests
{
    [TestMethod]
    public void TokensOfAnyNumberAndLength() =>
        Agrees(nn.Sequential(nn.Embedding(10, 4), nn.Linear(4, 3)), [randint(0, 10, [2, 5])], [randint(0, 10, [4, 9])], 0, 1);

    [TestMethod]
    public void SequencesWithTheBatchInFront() => Agrees(new Recurrent(batchFirst: true), [randn(3, 7, 5)], [randn(2, 11, 5)], 0, 1);

    [TestMethod]
    public void SequencesWithTheTimeInFront() => Agrees(new Recurrent(batchFirst: false), [randn(7, 3, 5)], [randn(11, 2, 5)], 0, 1);

    [TestMethod]
    public void FeaturesAlongALine() => Agrees(nn.Sequential(nn.Conv1d(5, 4, 3)), [randn(2, 5, 9)], [randn(3, 5, 14)], 0, 2);

    [TestMethod]
    public void TokensWithAMaskThatBelongsToThem() =>
        Agrees(new Masked(), [randint(0, 10, [7, 2]), zeros(7, 7)], [randint(0, 10, [9, 3]), zeros(9, 9)], 0, 1);

    [TestMethod]
    public void BagsOfTokens() => Agrees(new Bags(), [randint(0, 10, [20]), tensor(new long[] { 0, 5, 9 })], [randint(0, 10, [31]), tensor(new long[] { 0, 7, 11, 20 })], 0);

    [TestMethod]
    public void ImagesWithConditions() => Agrees(new Conditioned(), [randn(1, 3, 8, 8), randn(1, 5, 6)], [randn(2, 3, 10, 12), randn(2, 7, 6)], 0, 2, 3);

    // By what an ONNX Runtime of its own computes at sizes that were not traced.
    private static void Agrees(nn.Module net, Tensor[] example, Tensor[] other, params int[] axes)
    {
        using var exported = new Exported();
        using (net)
        {
            Exported.Perturb(net);
            net.eval();
            OnnxExportReport report = OnnxExporter.Export(net, example, exported.File, Exported.Random);
            CollectionAssert.AreEqual(axes, report.DynamicAxes.ToArray(), string.Join("; ", report.Remarks));
            using var model = new OnnxRun(exported.File);
            using IDisposable noGradient = no_grad();
            Tensor expected = net switch
            {
                nn.Module<Tensor, Tensor, Tensor> two => two.call(other[0], other[1]),
                nn.Module<Tensor, Tensor> one => one.call(other[0]),
                _ => throw new AssertFailedException(),
            };
            Assert.IsLessThan(1e-4, Difference.Between(expected, model.Run(other)[0]).Relative);
            foreach (var input in ModelFile.Read(exported.File).Graph.Input.Where(i => i.Type.TensorType.Shape.Dim.Count <= 2))
            {
                Assert.IsTrue(input.Type.TensorType.Shape.Dim.All(d => d.DimParam.Length > 0), $"{input.Name} has a fixed dimension");
            }
        }
    }

    private sealed class Recurrent : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.LSTM lstm;
        private readonly TorchSharp.Modules.Linear last = nn.Linear(6, 2);

        public Recurrent(bool batchFirst) : base("recurrent")
        {
            lstm = nn.LSTM(5, 6, batchFirst: batchFirst);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => last.forward(lstm.call(x).Item1);
    }

    private sealed class Masked : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Embedding embedding = nn.Embedding(10, 8);
        private readonly TorchSharp.Modules.TransformerEncoder encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 1);

        public Masked() : base("masked") => RegisterComponents();

        public override Tensor forward(Tensor tokens, Tensor mask) => encoder.call(embedding.call(tokens), mask, null);
    }

    private sealed class Bags : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.EmbeddingBag bags = nn.EmbeddingBag(10, 4, mode: EmbeddingBagMode.Mean);

        public Bags() : base("bags") => RegisterComponents();

        public override Tensor forward(Tensor tokens, Tensor offsets) => bags.call(tokens, offsets);
    }

    private sealed class Conditioned : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d queries = nn.Conv2d(3, 8, 1);
        private readonly TorchSharp.Modules.Linear keys = nn.Linear(6, 8);

        public Conditioned() : base("conditioned") => RegisterComponents();

        public override Tensor forward(Tensor image, Tensor context)
        {
            Tensor q = queries.forward(image), flat = q.view(q.shape[0], q.shape[1], -1).transpose(1, 2), k = keys.forward(context);
            return flat.matmul(k.transpose(1, 2)).softmax(-1).matmul(k).transpose(1, 2).view(q.shape) + q;
        }
    }
}
