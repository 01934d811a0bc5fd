using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>The multiplications with addition that a node does.</summary>
internal static class NodeCosts
{
    public static long Macs(NodeProto node, ValueShapes shapes) => node.OpType switch
    {
        // Every output value sums over a window of one group's channels; the weight is [out, in / groups, window].
        "Conv" or "ConvInteger" => Outputs(node, shapes) * Window(shapes.Of(node.Input[1]), skip: 1),
        "QLinearConv" => Outputs(node, shapes) * Window(shapes.Of(node.Input[3]), skip: 1),
        // Every input value is spread over a window of one group's channels; the weight is [in, out / groups, window].
        "ConvTranspose" => ValueShapes.Count(shapes.Of(node.Input[0])) * Window(shapes.Of(node.Input[1]), skip: 1),
        "MatMul" or "MatMulInteger" or "QLinearMatMul" => Outputs(node, shapes) * (shapes.Of(node.Input[0]) is [.., long inner] ? inner : 0),
        "Gemm" => Outputs(node, shapes) * (shapes.Of(node.Input[0]) is [long a, long b] ? (Flag(node, "transA") ? a : b) : 0),
        // [length, N, in], with weights [ways, gates * hidden, in] and [ways, gates * hidden, hidden].
        "LSTM" or "GRU" or "RNN" => shapes.Of(node.Input[0]) is [long length, long batch, _]
            ? length * batch * (ValueShapes.Count(shapes.Of(node.Input[1])) + ValueShapes.Count(shapes.Of(node.Input[2])))
            : 0,
        _ => 0,
    };

    private static long Outputs(NodeProto node, ValueShapes shapes) => ValueShapes.Count(shapes.Of(node.Output[0]));

    private static long Window(long[] weight, int skip) => weight.Length == 0 ? 0 : ValueShapes.Count(weight.Skip(skip));

    private static bool Flag(NodeProto node, string name) => node.Attribute.Any(a => a.Name == name && a.I != 0);
}
