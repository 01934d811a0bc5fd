using SegML.Onnx;
using SegML.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Modules with more than one tensor in or out, with random weights.</summary>
[TestClass]
public sealed class OperationParityTests
{
    private static readonly (string Name, Func<nn.Module> Create, long[] First, long[] Second)[] Pairs =
    [
        ("Add", () => new Add(), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("Sub", () => new Sub(), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("Mul broadcast", () => new Mul(), [1, 3, 6, 8], [1, 1, 6, 8]),
        ("Div", () => new Div(), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("MatMul", () => new MatMul(), [1, 3, 6, 6], [1, 3, 6, 6]),
        ("Concat", () => new Concat(), [1, 3, 6, 8], [1, 2, 6, 8]),
        ("Concat last", () => new Concat(-1), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("ResizeLike larger", () => new ResizeLike(), [1, 3, 6, 8], [1, 2, 13, 9]),
        ("ResizeLike smaller", () => new ResizeLike(), [1, 3, 12, 18], [1, 2, 5, 7]),
        ("Bilinear", () => nn.Bilinear(4, 5, 3), [6, 4], [6, 5]),
        ("Bilinear, 3-D, no bias", () => nn.Bilinear(4, 5, 3, hasBias: false), [2, 6, 4], [2, 6, 5]),
        ("CosineSimilarity", () => nn.CosineSimilarity(), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("CosineSimilarity last", () => nn.CosineSimilarity(-1, 1e-2), [1, 3, 6, 8], [1, 3, 6, 8]),
        ("PairwiseDistance", () => nn.PairwiseDistance(), [4, 6], [4, 6]),
        ("PairwiseDistance of 3, kept", () => nn.PairwiseDistance(3, keepdim: true), [4, 6], [4, 6]),
        ("PairwiseDistance of infinity", () => nn.PairwiseDistance(double.PositiveInfinity), [4, 6], [4, 6]),
    ];

    private static readonly (string Name, Func<nn.Module> Create)[] Singles =
    [
        ("Permute", () => new Permute(0, 2, 3, 1)),
        ("Reshape", () => new Reshape(0, -1, 2)),
        ("Slice", () => new Slice(2, 1, -1)),
        ("Slice to the end, every second", () => new Slice(-1, 2, step: 2)),
        ("Scale", () => new Scale(0.3)),
        ("Unsqueeze", () => new Unsqueeze(-1)),
        ("Squeeze", () => nn.Sequential(nn.AvgPool2d((6, 1)), new Squeeze(2))),
        ("Chunk", () => new Chunk(3)),
        ("Chunk last", () => new Chunk(2, -1)),
        ("UnflattenLike", () => new Unflattened()),
        ("LogSumExp", () => new LogSumExp([[2, 0], [1]])),
        ("LogSumExp of one group", () => new LogSumExp([[0, 2]])),
        ("LogSumExp of logits that no exponential holds", () => nn.Sequential(new Scale(300), new LogSumExp([[0, 1], [2]]))),
        ("Mean", () => new Mean([2, 3])),
        ("Mean kept", () => new Mean([-1], keepDims: true)),
    ];

    private static readonly (string Name, Func<nn.Module> Create)[] Recurrent =
    [
        ("LSTM", () => nn.LSTM(5, 4)),
        ("LSTM both ways, two layers", () => nn.LSTM(5, 4, 2, bidirectional: true)),
        ("LSTM batch first, no bias", () => nn.LSTM(5, 4, bias: false, batchFirst: true)),
        ("GRU", () => nn.GRU(5, 4)),
        ("GRU both ways, two layers, batch first", () => nn.GRU(5, 4, 2, bidirectional: true, batchFirst: true)),
        ("RNN", () => nn.RNN(5, 4)),
        ("RNN of ReLU", () => nn.RNN(5, 4, 2, nonLinearity: nn.NonLinearities.ReLU, bidirectional: true)),
    ];

    public static IEnumerable<object[]> PairNames => Pairs.Select(p => new object[] { p.Name });

    public static IEnumerable<object[]> SingleNames => Singles.Select(p => new object[] { p.Name });

    public static IEnumerable<object[]> RecurrentNames => Recurrent.Select(p => new object[] { p.Name });

    [TestMethod]
    [DynamicData(nameof(PairNames))]
    public void TwoInputs(string name)
    {
        (string _, Func<nn.Module> create, long[] first, long[] second) = Pairs.Single(p => p.Name == name);
        using nn.Module module = create();
        Tensor other = Exported.Input(second);
        Export(module, [Exported.Input(first), name == "Div" ? other.abs() + 0.5 : other], Exported.Random);
    }

    [TestMethod]
    [DynamicData(nameof(SingleNames))]
    public void OneInput(string name)
    {
        using nn.Module module = Singles.Single(s => s.Name == name).Create();
        Export(module, [Exported.Input(1, 3, 6, 8)], Exported.Random);
        Export(module, [Exported.Input(1, 3, 6, 8)], Exported.Random with { Opset = OnnxExporter.MinOpset });
    }

    [TestMethod]
    [DynamicData(nameof(RecurrentNames))]
    public void Sequences(string name)
    {
        using nn.Module module = Recurrent.Single(s => s.Name == name).Create();
        OnnxExportReport report = Export(module, [Exported.Input(6, 3, 5)], Exported.Random with { DynamicAxes = [0, 1] });
        CollectionAssert.AreEqual(new[] { 0, 1 }, report.DynamicAxes.ToArray());
    }

    [TestMethod]
    public void EmbeddingReadsIndices()
    {
        using nn.Module module = nn.Embedding(9, 4);
        Export(module, [tensor(new long[] { 0, 3, 8, 5, 5, 1 }, 2, 3)], Exported.Random);
    }

    private static OnnxExportReport Export(nn.Module module, IReadOnlyList<Tensor> inputs, OnnxExportOptions options)
    {
        using var exported = new Exported();
        Exported.Perturb(module);
        module.eval();
        return OnnxExporter.Export(module, inputs, exported.File, options);
    }

    private sealed class Unflattened : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Flatten flatten = nn.Flatten(2);
        private readonly UnflattenLike unflatten = new();

        public Unflattened() : base("unflattened") => RegisterComponents();

        public override Tensor forward(Tensor x) => unflatten.call(flatten.call(x), x);
    }
}
