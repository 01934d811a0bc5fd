namespace SegML.Onnx.Quantization;

/// <summary>Which activations have the parameters of which.</summary>
internal static class SharedScales
{
    /// <summary>
    /// For each activation around the nodes the one whose range decides: itself or, where nodes only move and pick values, the one that
    /// they begin with.
    /// </summary>
    /// <param name="nodes">The nodes, in the graph's order.</param>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyList<QuantizableNode> nodes)
    {
        Dictionary<string, string> decides = [];
        foreach (QuantizableNode node in nodes)
        {
            foreach (string input in node.InputValues)
            {
                decides.TryAdd(input, input);
            }
            decides[node.Output] = node.Kind == NodeKind.SameScale ? decides[node.Node.Input[0]] : node.Output;
        }
        return decides;
    }
}
