using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Quantization;

/// <summary>How a node works on quantized values.</summary>
internal enum NodeKind
{
    /// <summary>It has a constant weight: a convolution or a linear layer.</summary>
    Weighted,

    /// <summary>It computes new values, at a scale of their own: addition, mean.</summary>
    Arithmetic,

    /// <summary>It moves, picks or interpolates values, so that its output has its input's scale.</summary>
    SameScale,
}

/// <summary>A node that can be quantized.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">How it works on quantized values.</param>
/// <param name="Inputs">The places of its inputs that are activations.</param>
/// <param name="Tail">
/// The activation function that alone reads the node, if it is one that saturates: the codes' own ends then do its work.
/// </param>
internal sealed record QuantizableNode(NodeProto Node, NodeKind Kind, IReadOnlyList<int> Inputs, NodeProto? Tail)
{
    public string Name => NameOf(Node);

    /// <summary>The value that is quantized behind the node.</summary>
    public string Output => (Tail ?? Node).Output[0];

    public IEnumerable<string> InputValues => Inputs.Select(i => Node.Input[i]);

    /// <summary>The axis of the weight's output channels.</summary>
    public int WeightAxis => Node.OpType switch
    {
        "Conv" => 0,
        "Gemm" => Node.Attribute.Any(a => a.Name == "transB" && a.I != 0) ? 0 : 1,
        _ => 1,
    };

    /// <summary>A node's name, or that of its first output if it has none.</summary>
    public static string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output[0];
}
