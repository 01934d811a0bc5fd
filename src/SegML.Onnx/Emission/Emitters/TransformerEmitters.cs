using SegML.Onnx.Tracing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>
/// Transformers and their layers over <c>[length, N, features]</c>, normalised after each step. TorchSharp tells neither the number
/// of heads nor the activation, so both are found by trial. The layers' own dropouts do nothing in evaluation mode.
/// </summary>
internal static class TransformerEmitters
{
    private const double Epsilon = 1e-5;

    /// <summary>What a layer does not tell.</summary>
    private sealed record Variant(int Heads, bool Gelu);

    /// <summary>The masks of an attention; each may be missing.</summary>
    private sealed record Masks(TracedTensor? Attention, TracedTensor? Ignored);

    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<TransformerEncoderLayer>((m, e) => Emit(m, e, inputs: 1, (run, names) => run.EncoderLayer("", names[0], Given(run.Context, 1, 2))))
        .Add<TransformerEncoder>((m, e) => Emit(m, e, inputs: 1, (run, names) => run.Encoder("", names[0], Given(run.Context, 1, 2))))
        .Add<TransformerDecoderLayer>((m, e) => Emit(m, e, inputs: 2,
            (run, names) => run.DecoderLayer("", names[0], names[1], Given(run.Context, 2, 4), Given(run.Context, 3, 5))))
        .Add<TransformerDecoder>((m, e) => Emit(m, e, inputs: 2,
            (run, names) => run.Decoder("", names[0], names[1], Given(run.Context, 2, 4), Given(run.Context, 3, 5))))
        .Add<Transformer>((m, e) => Emit(m, e, inputs: 2, (run, names) =>
            run.Decoder("decoder.", names[1], run.Encoder("encoder.", names[0], Given(run.Context)), Given(run.Context), Given(run.Context))));

    private static Masks Given(EmitContext e, int attention = int.MaxValue, int ignored = int.MaxValue) =>
        new(e.Inputs.ElementAtOrDefault(attention), e.Inputs.ElementAtOrDefault(ignored));

    private static string Emit(nn.Module module, EmitContext e, int inputs, Func<Layers, string[], string> write)
    {
        if (e.Rank != 3)
        {
            throw e.Unsupported("an input without a batch dimension");
        }
        Dictionary<string, Tensor> weights = e.Weights();
        long features = e.Inputs[0]!.Shape[2];
        Variant[] variants = [.. AttentionEmitters.Divisors(features).SelectMany(h => new[] { new Variant(h, false), new Variant(h, true) })];
        string[] Write(Variant variant, EmitContext c) => [write(new Layers(c, weights, variant), [.. c.Inputs.Take(inputs).Select(i => i!.Name)])];
        Variant closest = Trial.Closest(e, [.. Enumerable.Range(0, inputs).Select(i => new[] { 5 + i, 2, features })], variants, Write);
        return Write(closest, e)[0];
    }

    private sealed record Layers(EmitContext Context, Dictionary<string, Tensor> Weights, Variant Variant)
    {
        public string Encoder(string prefix, string value, Masks masks)
        {
            for (int i = 0; Weights.ContainsKey($"{prefix}layers.{i}.linear1.weight"); i++)
            {
                value = EncoderLayer($"{prefix}layers.{i}.", value, masks);
            }
            return Weights.ContainsKey(prefix + "norm.weight") ? Norm(prefix + "norm.", value) : value;
        }

        public string Decoder(string prefix, string value, string memory, Masks own, Masks other)
        {
            for (int i = 0; Weights.ContainsKey($"{prefix}layers.{i}.linear1.weight"); i++)
            {
                value = DecoderLayer($"{prefix}layers.{i}.", value, memory, own, other);
            }
            return Weights.ContainsKey(prefix + "norm.weight") ? Norm(prefix + "norm.", value) : value;
        }

        public string EncoderLayer(string prefix, string value, Masks masks)
        {
            value = Added(prefix + "norm1.", value, Attend(prefix + "self_attn.", value, value, masks));
            return Added(prefix + "norm2.", value, FeedForward(prefix, value));
        }

        public string DecoderLayer(string prefix, string value, string memory, Masks own, Masks other)
        {
            value = Added(prefix + "norm1.", value, Attend(prefix + "self_attn.", value, value, own));
            value = Added(prefix + "norm2.", value, Attend(prefix + "multihead_attn.", value, memory, other));
            return Added(prefix + "norm3.", value, FeedForward(prefix, value));
        }

        private string Attend(string prefix, string query, string memory, Masks masks) =>
            AttentionEmitters.Attend(Context, Weights, prefix, [query, memory, memory], Variant.Heads, masks.Ignored, masks.Attention).Output;

        private string FeedForward(string prefix, string value)
        {
            string inner = AttentionEmitters.Linear(Context, Weights, prefix + "linear1.", value);
            inner = Variant.Gelu ? ActivationEmitters.ExactGelu(Context, inner) : Context.Node("Relu", [inner]);
            return AttentionEmitters.Linear(Context, Weights, prefix + "linear2.", inner);
        }

        private string Added(string norm, string value, string step) => Norm(norm, Context.Node("Add", [value, step]));

        private string Norm(string prefix, string value) => NormalizationEmitters.Layer(Context, value, dims: 1, Epsilon,
            Context.Parameter(prefix + "weight", Weights[prefix + "weight"]), Context.Parameter(prefix + "bias", Weights[prefix + "bias"]));
    }
}
