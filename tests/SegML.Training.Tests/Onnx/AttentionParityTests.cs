using SegML.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Attention, transformers and recurrent cells, over sequences <c>[length, N, features]</c> of any length.</summary>
[TestClass]
public sealed class AttentionParityTests
{
    private const int Features = 12;

    private static readonly (string Name, Func<nn.Module> Create, long[][] Shapes)[] Cases =
    [
        ("attention", () => nn.MultiheadAttention(Features, 3), [[5, 2, Features], [6, 2, Features], [6, 2, Features]]),
        ("attention of one head", () => nn.MultiheadAttention(Features, 1, bias: false), [[5, 2, Features], [6, 2, Features], [6, 2, Features]]),
        ("attention of other features", () => nn.MultiheadAttention(Features, 4, kdim: 7, vdim: 7), [[5, 2, Features], [6, 2, 7], [6, 2, 7]]),
        ("attention with added keys", () => nn.MultiheadAttention(Features, 6, add_bias_kv: true, add_zero_attn: true), [[5, 2, Features], [6, 2, Features], [6, 2, Features]]),
        ("attention with zeros", () => nn.MultiheadAttention(Features, 2, add_zero_attn: true), [[1, 2, Features], [1, 2, Features], [1, 2, Features]]),
        ("encoder layer", () => nn.TransformerEncoderLayer(Features, 4, 20), [[5, 2, Features]]),
        ("encoder layer of GELU", () => nn.TransformerEncoderLayer(Features, 2, 20, activation: nn.Activations.GELU), [[5, 2, Features]]),
        ("encoder", () => nn.TransformerEncoder(nn.TransformerEncoderLayer(Features, 3, 20), 2), [[5, 2, Features]]),
        ("decoder layer", () => nn.TransformerDecoderLayer(Features, 3, 20), [[5, 2, Features], [6, 2, Features]]),
        ("decoder", () => nn.TransformerDecoder(nn.TransformerDecoderLayer(Features, 3, 20, activation: nn.Activations.GELU), 2), [[5, 2, Features], [6, 2, Features]]),
        ("transformer", () => nn.Transformer(Features, 6, 2, 1, 20), [[5, 2, Features], [6, 2, Features]]),
        ("GRU cell", () => nn.GRUCell(5, 4), [[3, 5]]),
        ("GRU cell with a state", () => nn.GRUCell(5, 4, bias: false), [[3, 5], [3, 4]]),
        ("RNN cell", () => nn.RNNCell(5, 4), [[3, 5]]),
        ("RNN cell of ReLU with a state", () => nn.RNNCell(5, 4, nn.NonLinearities.ReLU), [[3, 5], [3, 4]]),
        ("LSTM cell with a state", () => new Remembering(nn.LSTMCell(5, 4)), [[3, 5], [3, 4], [3, 4]]),
        ("GRU with a state", () => nn.GRU(5, 4, 2), [[6, 3, 5], [2, 3, 4]]),
    ];

    public static IEnumerable<object[]> Names => Cases.Select(c => new object[] { c.Name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TheExportAgrees(string name)
    {
        (string _, Func<nn.Module> create, long[][] shapes) = Cases.Single(c => c.Name == name);
        foreach (int opset in (int[])[OnnxExporter.MinOpset, OnnxExporter.MaxOpset])
        {
            using nn.Module module = create();
            OnnxExportReport report = Export(module, [.. shapes.Select(Exported.Input)], Exported.Random with { DynamicAxes = shapes[0].Length == 3 && shapes.Length < 2 ? [0, 1] : null, Opset = opset });
            Assert.IsGreaterThan(1, report.Shapes.Count);
        }
    }

    [TestMethod]
    public void MasksAreRead()
    {
        using var causal = new Masked(nn.MultiheadAttention(Features, 3, add_bias_kv: true));
        Tensor sequence = Exported.Input(5, 2, Features), mask = full([5, 5], float.NegativeInfinity).triu(1);
        Tensor ignored = tensor(new[] { false, false, false, true, true, false, false, false, false, false }, 2, 5);
        Export(causal, [sequence, ignored, mask], Exported.Random with { Dynamic = false });
    }

    [TestMethod]
    public void WeightsOfATransformerAreReadBack()
    {
        using var exported = new Exported();
        using nn.Module encoder = nn.TransformerEncoderLayer(Features, 3, 20), other = nn.TransformerEncoderLayer(Features, 3, 20);
        exported.Export(encoder, [5, 2, Features]);
        Assert.IsEmpty(OnnxWeights.Load(other, exported.File).Missing);
        foreach ((Parameter a, Parameter b) in encoder.parameters().Zip(other.parameters()))
        {
            Assert.IsTrue(a.equal(b).all().item<bool>());
        }
    }

    private static OnnxExportReport Export(nn.Module module, IReadOnlyList<Tensor> inputs, OnnxExportOptions options)
    {
        using var exported = new Exported();
        Exported.Perturb(module);
        module.eval();
        return OnnxExporter.Export(module, inputs, exported.File, options);
    }

    private sealed class Masked : nn.Module<Tensor, Tensor, Tensor, Tensor>
    {
        private readonly MultiheadAttention attention;

        public Masked(MultiheadAttention attention) : base("masked")
        {
            this.attention = attention;
            RegisterComponents();
        }

        public override Tensor forward(Tensor sequence, Tensor ignored, Tensor mask) =>
            attention.call(sequence, sequence, sequence, ignored, need_weights: false, mask).Item1;
    }

    // TorchSharp 0.107 cannot run an LSTM cell without a state.
    private sealed class Remembering : nn.Module<Tensor, Tensor, Tensor, (Tensor, Tensor)>
    {
        private readonly LSTMCell cell;

        public Remembering(LSTMCell cell) : base("remembering")
        {
            this.cell = cell;
            RegisterComponents();
        }

        public override (Tensor, Tensor) forward(Tensor input, Tensor hidden, Tensor state) => cell.call(input, (hidden, state));
    }
}
