using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Recurrent networks of any number of layers, one way or both. libtorch and ONNX order the gates' weights differently.</summary>
internal static class RecurrentOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        // libtorch: input, forget, cell, output. ONNX: input, output, forget, cell.
        .AddOperatorMany("lstm", e => Emit(e, "LSTM", [0, 3, 1, 2], states: 2))
        // libtorch: reset, update, new. ONNX: update, reset, new.
        .AddOperatorMany("gru", e => Emit(e, "GRU", [1, 0, 2], states: 1, _ => ("linear_before_reset", 1)))
        .AddOperatorMany("rnn_tanh", e => Emit(e, "RNN", [0], states: 1, ways => ("activations", Enumerable.Repeat("Tanh", ways))))
        .AddOperatorMany("rnn_relu", e => Emit(e, "RNN", [0], states: 1, ways => ("activations", Enumerable.Repeat("Relu", ways))));

    // Input, first states, parameters, whether there are biases, layers, dropout, training, both ways, whether the batch comes first.
    private static string[] Emit(OperatorContext e, string opType, int[] gates, int states, Func<int, (string, object)>? attribute = null)
    {
        if (e.Argument(2) is not List<object?>)
        {
            throw e.Unsupported("a packed sequence");
        }
        TracedTensor[] first = e.IsTensor(1) ? [e.Tensor(1)] : [.. e.Tensors(1).Cast<TracedTensor>()];
        TracedTensor[] parameters = [.. e.Tensors(2).Cast<TracedTensor>()];
        bool biases = e.Flag(3), batchFirst = e.Flag(8);
        int layers = (int)e.Int(4), ways = e.Flag(7) ? 2 : 1, each = parameters.Length / layers / ways;
        long hidden = parameters[1].Shape[1];
        long[] turn = [1, 0, 2];
        string value = batchFirst ? e.Node("Transpose", [e.Value(0)], ("perm", turn)) : e.Value(0);
        var last = Enumerable.Range(0, states).Select(_ => new List<string>()).ToArray();
        for (int layer = 0; layer < layers; layer++)
        {
            TracedTensor Parameter(int way, int index) => parameters[(layer * ways + way) * each + index];
            string Both(Func<int, string> of) => ways == 1 ? e.Node("Unsqueeze", [of(0), e.Integers(0)])
                : e.Node("Concat", [e.Node("Unsqueeze", [of(0), e.Integers(0)]), e.Node("Unsqueeze", [of(1), e.Integers(0)])], ("axis", 0));
            string Ordered(TracedTensor weight) => Gates(e, weight, gates);
            string bias = biases ? Both(w => e.Node("Concat", [Ordered(Parameter(w, 2)), Ordered(Parameter(w, 3))], ("axis", 0))) : "";
            string[] initial = [.. first.Select(f => layers == 1 ? f.Name
                : e.Node("Slice", [f.Name, e.Integers(layer * ways), e.Integers((layer + 1) * ways), e.Integers(0)]))];
            (string, object)[] attributes = [("hidden_size", hidden), ("direction", ways == 2 ? "bidirectional" : "forward"), .. attribute is null ? [] : new[] { attribute(ways) }];
            string[] results = e.Node(opType, [value, Both(w => Ordered(Parameter(w, 0))), Both(w => Ordered(Parameter(w, 1))), bias, "", .. initial], 1 + states, attributes);
            // [length, ways, N, hidden] -> [length, N, ways * hidden]
            value = e.Node("Reshape", [e.Node("Transpose", [results[0]], ("perm", new long[] { 0, 2, 1, 3 })), e.Integers(0, 0, -1)]);
            for (int s = 0; s < states; s++)
            {
                last[s].Add(results[1 + s]);
            }
        }
        value = batchFirst ? e.Node("Transpose", [value], ("perm", turn)) : value;
        return [value, .. last.Select(l => l.Count == 1 ? l[0] : e.Node("Concat", l, ("axis", 0)))];
    }

    private static string Gates(OperatorContext e, TracedTensor weight, int[] gates)
    {
        if (gates.Length == 1)
        {
            return weight.Name;
        }
        long size = weight.Shape[0] / gates.Length;
        string[] parts = e.Node("Split", [weight.Name, e.Integers([.. gates.Select(_ => size)])], gates.Length, ("axis", 0));
        return e.Node("Concat", [.. gates.Select(g => parts[g])], ("axis", 0));
    }
}
