using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>What a graph does last, casts and the like left out: it shows what an output means.</summary>
/// <param name="Kind">Softmax, Sigmoid, ArgMax; "": something else.</param>
/// <param name="Value">What that is computed from.</param>
/// <param name="Layout">Of ArgMax over the channels, the order of the axes; null: it is over another axis.</param>
internal sealed record LastNode(string Kind, string Value, TensorLayout? Layout)
{
    public const string Softmax = "Softmax", Sigmoid = "Sigmoid", ArgMax = "ArgMax";

    /// <summary>Reads it.</summary>
    public static LastNode Of(ForeignGraph graph, string output)
    {
        string value = output;
        while (graph.MakerOf(value) is { Input.Count: > 0 } node)
        {
            switch (node.OpType)
            {
                case "Identity" or "Cast" or "Squeeze" or "Unsqueeze" or "Transpose":
                    value = node.Input[0];
                    continue;
                case Softmax or Sigmoid:
                    return new LastNode(node.OpType, node.Input[0], null);
                case ArgMax:
                    return new LastNode(ArgMax, node.Input[0], ForeignGraph.Integer(node, "axis", 0) switch
                    {
                        1 or -3 => TensorLayout.Nchw,
                        3 or -1 => TensorLayout.Nhwc,
                        _ => null,
                    });
                default:
                    return new LastNode("", value, null);
            }
        }
        return new LastNode("", value, null);
    }
}
