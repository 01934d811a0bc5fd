using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>How many channels a value has, where the file does not say it of the value itself: exporters leave it open when sizes vary.</summary>
internal static class OutputChannels
{
    private const int MostSteps = 64;

    /// <summary>Counts them.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">An output, or a value on the way to one.</param>
    /// <param name="layout">The order of its axes.</param>
    /// <returns>Null: the graph does not show it.</returns>
    public static long? Of(ForeignGraph graph, string value, TensorLayout layout)
    {
        for (int step = 0; step < MostSteps; step++)
        {
            if (graph.SizesOf(value) is [_, var second, _, var last] && (layout == TensorLayout.Nchw ? second : last) is { } known)
            {
                return known;
            }
            Node? node = graph.MakerOf(value);
            switch (node?.OpType)
            {
                case "Conv" or "ConvTranspose" when layout == TensorLayout.Nchw && graph.Constant(node.Input[1]) is { Dims.Count: 4 } weights:
                    return node.OpType == "Conv" ? weights.Dims[0] : weights.Dims[1] * ForeignGraph.Integer(node, "group", 1);
                case "Transpose" when node.Attribute.FirstOrDefault(a => a.Name == "perm")?.Ints is [0, 3, 1, 2] or [0, 2, 3, 1]:
                    layout = layout == TensorLayout.Nchw ? TensorLayout.Nhwc : TensorLayout.Nchw;
                    break;
                case "Resize" or "Upsample" or "Softmax" or "LogSoftmax" or "Sigmoid" or "Relu" or "Clip" or "Identity" or "Cast" or "BatchNormalization" or "MaxPool" or "AveragePool"
                    or "Add" or "Mul" or "Div" or "Sub" or "QuantizeLinear" or "DequantizeLinear" or "Slice" or "Pad":
                    break;
                default:
                    return null;
            }
            // Of two operands the first that is computed.
            value = node!.Input.FirstOrDefault(i => graph.MakerOf(i) is not null and not { OpType: "Constant" }) ?? "";
        }
        return null;
    }
}
