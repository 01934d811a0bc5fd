using SegML.Onnx.Tracing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>
/// Multi-head attention over <c>[length, N, features]</c>. TorchSharp does not tell the number of heads, so it is found by trial.
/// </summary>
internal static class AttentionEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters.AddMany<MultiheadAttention>(Attention);

    // The arguments are query, key, value, key padding mask, whether weights are wanted, attention mask; the fifth is no tensor.
    private static string[] Attention(MultiheadAttention module, EmitContext e)
    {
        Dictionary<string, Tensor> weights = e.Weights();
        long features = weights["out_proj.weight"].shape[0];
        bool zero = AddsZeros(module, weights, features);
        string[] Emit(int heads, EmitContext c)
        {
            (string output, string shares) = Attend(c, weights, "", [.. c.Inputs.Take(3).Select(i => i!.Name)], heads,
                c.Inputs.ElementAtOrDefault(3), c.Inputs.ElementAtOrDefault(4), zero);
            return c.Outputs.Count == 1 ? [output] : [output, AdaptivePoolingEmitters.Reduce(c, "ReduceMean", shares, keep: false, 1)];
        }

        if (e.Rank != 3)
        {
            throw e.Unsupported("an input without a batch dimension");
        }
        int heads = Trial.Closest(e, ProbeShapes(weights, features), Divisors(features), Emit);
        return Emit(heads, e);
    }

    /// <summary>The attention of queries to keys, before and after the values are weighted by it.</summary>
    /// <param name="e">Gets the nodes.</param>
    /// <param name="weights">The module's parameters by name.</param>
    /// <param name="prefix">What their names begin with: <c>"self_attn."</c>.</param>
    /// <param name="read">The names of query <c>[L, N, E]</c>, key and value <c>[S, N, ...]</c>.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="ignored">A mask <c>[N, S]</c> that is true at keys to be ignored, or none.</param>
    /// <param name="mask">What is added to the scores, <c>[L, S]</c>, or none.</param>
    /// <param name="zero">Whether a key and value of zeros is added to the given ones.</param>
    /// <returns>The result <c>[L, N, E]</c> and each key's share <c>[N, heads, L, S]</c>.</returns>
    internal static (string Output, string Shares) Attend(EmitContext e, Dictionary<string, Tensor> weights, string prefix, string[] read, int heads,
        TracedTensor? ignored, TracedTensor? mask, bool zero = false)
    {
        long features = weights[prefix + "out_proj.weight"].shape[0];
        string[] projected = Project(e, weights, prefix, read, features);
        long added = 0;
        if (weights.ContainsKey(prefix + "bias_k"))
        {
            added++;
            projected[1] = Append(e, projected[1], e.Parameter(prefix + "bias_k", weights[prefix + "bias_k"]));
            projected[2] = Append(e, projected[2], e.Parameter(prefix + "bias_v", weights[prefix + "bias_v"]));
        }
        if (zero)
        {
            added++;
            string zeros = e.Floats("zeros", new float[features], 1, 1, features);
            (projected[1], projected[2]) = (Append(e, projected[1], zeros), Append(e, projected[2], zeros));
        }
        long size = features / heads;
        string query = Heads(e, projected[0], heads, size, 1, 2, 0, 3), key = Heads(e, projected[1], heads, size, 1, 2, 3, 0);
        string value = Heads(e, projected[2], heads, size, 1, 2, 0, 3);
        string scores = e.Node("MatMul", [e.Node("Mul", [query, e.Float(1 / Math.Sqrt(size))]), key]);
        foreach (string term in Masks(e, ignored, mask, added))
        {
            scores = e.Node("Add", [scores, term]);
        }
        string shares = e.Node("Softmax", [scores], ("axis", -1));
        string joined = e.Node("Reshape", [e.Node("Transpose", [e.Node("MatMul", [shares, value])], ("perm", new long[] { 2, 0, 1, 3 })), e.Integers(0, 0, -1)]);
        return (Linear(e, weights, prefix + "out_proj.", joined), shares);
    }

    /// <summary>A fully connected layer over the last dimension.</summary>
    internal static string Linear(EmitContext e, Dictionary<string, Tensor> weights, string prefix, string input)
    {
        string bias = weights.TryGetValue(prefix + "bias", out Tensor? b) ? e.Parameter(prefix + "bias", b) : "";
        return Linear(e, input, e.Parameter(prefix + "weight", weights[prefix + "weight"]), bias);
    }

    /// <summary>The numbers of heads that divide a number of features.</summary>
    internal static int[] Divisors(long features) => [.. Enumerable.Range(1, (int)features).Where(h => features % h == 0)];

    private static string Linear(EmitContext e, string input, string weight, string bias)
    {
        string product = e.Node("MatMul", [input, e.Node("Transpose", [weight], ("perm", new long[] { 1, 0 }))]);
        return bias.Length == 0 ? product : e.Node("Add", [product, bias]);
    }

    // The three projections lie in one parameter, unless keys or values have another number of features. They are cut apart in the
    // graph, where ONNX Runtime does it once and for all, so that the file has the parameter as the module has it.
    private static string[] Project(EmitContext e, Dictionary<string, Tensor> weights, string prefix, string[] read, long features)
    {
        string[] Thirds(string name) => e.Node("Split", [e.Parameter(prefix + name, weights[prefix + name]), e.Integers(features, features, features)], 3, ("axis", 0));
        string[] matrices = weights.ContainsKey(prefix + "in_proj_weight")
            ? Thirds("in_proj_weight")
            : [.. new[] { "q", "k", "v" }.Select(p => e.Parameter($"{prefix}{p}_proj_weight", weights[$"{prefix}{p}_proj_weight"]))];
        string[] biases = weights.ContainsKey(prefix + "in_proj_bias") ? Thirds("in_proj_bias") : ["", "", ""];
        return [.. read.Select((r, i) => Linear(e, r, matrices[i], biases[i]))];
    }

    // One more position at the end of [S, N, E], the same for all of the batch.
    private static string Append(EmitContext e, string sequence, string position)
    {
        string shape = e.Node("Concat", [e.Integers(1), e.Sizes(sequence, 1, 3)], ("axis", 0));
        return e.Node("Concat", [sequence, e.Node("Expand", [position, shape])], ("axis", 0));
    }

    // [length, N, E] -> [length, N, heads, size], then in the order that the product needs.
    private static string Heads(EmitContext e, string value, int heads, long size, params long[] order) =>
        e.Node("Transpose", [e.Node("Reshape", [value, e.Integers(0, 0, heads, size)])], ("perm", order));

    private static IEnumerable<string> Masks(EmitContext e, TracedTensor? ignored, TracedTensor? mask, long added)
    {
        if (mask is not null)
        {
            if (mask.Type != ScalarType.Float32)
            {
                throw e.Unsupported($"an attention mask of {mask.Type} (float32 is added to the scores)");
            }
            yield return Widened(e, mask.Name, added);
        }
        if (ignored is not null)
        {
            if (ignored.Type != ScalarType.Bool)
            {
                throw e.Unsupported($"a key padding mask of {ignored.Type} (true where a key is to be ignored)");
            }
            string term = e.Node("Where", [ignored.Name, e.Float(double.NegativeInfinity), e.Float(0)]);
            yield return e.Node("Unsqueeze", [Widened(e, term, added), e.Integers(1, 2)]);
        }
    }

    // Keys that the module adds by itself are never masked.
    private static string Widened(EmitContext e, string term, long added) =>
        added == 0 ? term : e.Node("Pad", [term, e.Integers(0, 0, 0, added), e.Float(0)], ("mode", "constant"));

    private static long[][] ProbeShapes(Dictionary<string, Tensor> weights, long features) =>
    [
        [5, 2, features],
        [6, 2, weights.TryGetValue("k_proj_weight", out Tensor? k) ? k.shape[1] : features],
        [6, 2, weights.TryGetValue("v_proj_weight", out Tensor? v) ? v.shape[1] : features],
    ];

    // Seen by the number of keys that a run spreads its attention over.
    private static bool AddsZeros(MultiheadAttention module, Dictionary<string, Tensor> weights, long features)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. ProbeShapes(weights, features).Select(s => zeros(s))];
        (_, Tensor shares) = module.forward(inputs[0], inputs[1], inputs[2], null, true, null);
        return shares.shape[^1] > inputs[1].shape[0] + (weights.ContainsKey("bias_k") ? 1 : 0);
    }
}
