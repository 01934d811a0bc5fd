using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>
/// LSTM, GRU and RNN, of any number of layers, one way or both. TorchSharp and ONNX order the gates' weights differently.
/// TorchSharp does not tell whether an RNN is one of tanh or of ReLU, so that is found by trial.
/// </summary>
internal static class RecurrentEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        // TorchSharp: input, forget, cell, output. ONNX: input, output, forget, cell.
        .AddMany<LSTM>((m, e) => Emit(m, e, "LSTM", gates: [0, 3, 1, 2]))
        // TorchSharp: reset, update, new. ONNX: update, reset, new; and by default its reset gate before the product.
        .AddMany<GRU>((m, e) => Emit(m, e, "GRU", gates: [1, 0, 2], ("linear_before_reset", 1)))
        .AddMany<RNN>((m, e) => Simple(m, e, [5, 2, e.Inputs[0]!.Shape[2]], (activation, c) => Emit(m, c, "RNN", gates: [0], activation)));

    /// <summary>Writes a module of the simplest kind with the activation that it has.</summary>
    internal static string[] Simple(nn.Module module, EmitContext e, long[] shape, Func<(string, object), EmitContext, string[]> emit)
    {
        int ways = module.named_parameters().Any(p => p.name.EndsWith("_reverse", StringComparison.Ordinal)) ? 2 : 1;
        (string, object) Named(string activation) => ("activations", Enumerable.Repeat(activation, ways));
        string closest = Trial.Closest(e, [shape], ["Tanh", "Relu"], (activation, c) => emit(Named(activation), c));
        return emit(Named(closest), e);
    }

    private static string[] Emit(nn.Module module, EmitContext e, string opType, long[] gates, params (string, object)[] attributes)
    {
        if (e.Rank != 3)
        {
            throw e.Unsupported("an input without a batch dimension");
        }
        Dictionary<string, Tensor> weights = e.Weights();
        bool bothWays = weights.ContainsKey("weight_ih_l0_reverse"), batchFirst = BatchFirst(module, e);
        int layers = weights.Keys.Count(k => k.StartsWith("weight_ih_l", StringComparison.Ordinal)) / (bothWays ? 2 : 1);
        int states = opType == "LSTM" ? 2 : 1;
        long hidden = weights["weight_hh_l0"].shape[1];
        string value = batchFirst ? e.Node("Transpose", [e.Input], ("perm", new long[] { 1, 0, 2 })) : e.Input;
        var last = Enumerable.Range(0, states).Select(_ => new List<string>()).ToArray();
        for (int layer = 0; layer < layers; layer++)
        {
            string[] initial = [.. Enumerable.Range(1, states).Select(s => Initial(e, s, layer, bothWays ? 2 : 1, layers))];
            string[] results = e.Node(opType, [value, .. Weights(e, weights, layer, bothWays, gates), "", .. initial], 1 + states,
                [("hidden_size", hidden), ("direction", bothWays ? "bidirectional" : "forward"), .. attributes]);
            // [length, ways, N, hidden] -> [length, N, ways * hidden]
            value = e.Node("Reshape", [e.Node("Transpose", [results[0]], ("perm", new long[] { 0, 2, 1, 3 })), e.Integers(0, 0, -1)]);
            for (int s = 0; s < states; s++)
            {
                last[s].Add(results[1 + s]);
            }
        }
        value = batchFirst ? e.Node("Transpose", [value], ("perm", new long[] { 1, 0, 2 })) : value;
        return [value, .. last.Select(l => l.Count == 1 ? l[0] : e.Node("Concat", l, ("axis", 0)))];
    }

    // The state that a layer begins with, if one was given: its part of [layers * ways, N, hidden].
    private static string Initial(EmitContext e, int input, int layer, int ways, int layers)
    {
        if (e.Inputs.Count <= input || e.Inputs[input] is not { } state)
        {
            return "";
        }
        return layers == 1 ? state.Name : e.Node("Slice", [state.Name, e.Integers(layer * ways), e.Integers((layer + 1) * ways), e.Integers(0)]);
    }

    private static string[] Weights(EmitContext e, Dictionary<string, Tensor> weights, int layer, bool bothWays, long[] gates)
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        string[] ways = bothWays ? ["", "_reverse"] : [""];
        Tensor Ordered(string name)
        {
            Tensor w = weights[name];
            return cat([.. gates.Select(g => w.chunk(gates.Length, 0)[g])], 0);
        }

        string input = e.Parameter($"weight_ih_l{layer}", stack([.. ways.Select(w => Ordered($"weight_ih_l{layer}{w}"))], 0));
        string recurrent = e.Parameter($"weight_hh_l{layer}", stack([.. ways.Select(w => Ordered($"weight_hh_l{layer}{w}"))], 0));
        string bias = !weights.ContainsKey($"bias_ih_l{layer}") ? "" : e.Parameter($"bias_l{layer}",
            stack([.. ways.Select(w => cat([Ordered($"bias_ih_l{layer}{w}"), Ordered($"bias_hh_l{layer}{w}")], 0))], 0));
        return [input, recurrent, bias];
    }

    // Not public in TorchSharp 0.107, and not to be told from the shapes when the length is the batch size.
    private static bool BatchFirst(nn.Module module, EmitContext e) =>
        module.GetType().GetField("_batch_first", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(module) as bool?
        ?? throw e.Unsupported("a memory layout that this version of TorchSharp does not tell");
}
