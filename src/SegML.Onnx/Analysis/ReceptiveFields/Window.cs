using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>The window of a convolution or pooling along one axis.</summary>
/// <param name="Stride">Values between windows.</param>
/// <param name="Before">Padding before the first value.</param>
/// <param name="Extent">Values from a window's first to its last.</param>
internal readonly record struct Window(double Stride, double Before, double Extent)
{
    /// <summary>An operation's two windows; null where they cannot be told.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="kernel">The kernel's height and width.</param>
    public static (Window Y, Window X)? Of(NodeProto node, long[]? kernel)
    {
        long[] strides = Attributes.Integers(node, "strides") ?? [1, 1], dilations = Attributes.Integers(node, "dilations") ?? [1, 1];
        long[] pads = Attributes.Integers(node, "pads") ?? [0, 0, 0, 0];
        if (kernel is not { Length: 2 } || strides.Length != 2 || dilations.Length != 2 || pads.Length != 4)
        {
            return null;
        }
        string automatic = Attributes.Text(node, "auto_pad", "NOTSET");
        return automatic is "NOTSET" or "VALID" ? (Axis(0), Axis(1)) : null;

        Window Axis(int i) => new(strides[i], automatic == "VALID" ? 0 : pads[i], dilations[i] * (kernel[i] - 1));
    }
}
