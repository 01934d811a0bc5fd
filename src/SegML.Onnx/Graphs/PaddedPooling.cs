using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Keeps ONNX Runtime from merging a padding by zeros into the pooling behind it. It does so whatever the pooling (PadFusion, seen in
/// 1.31), although a maximum does not see its own padding as zeros, a mean may not count it, and neither allows as much of it. A padding by
/// minus zero computes the same and is left alone.
/// </summary>
internal static class PaddedPooling
{
    private const string MinusZero = "float[-0]";

    public static void Keep(GraphProto graph)
    {
        HashSet<string> pooled = [.. graph.Node.Where(n => n.OpType is "MaxPool" or "AveragePool").Select(n => n.Input[0])];
        HashSet<string> zeros = [.. graph.Initializer.Where(i => i.DataType == (int)TensorProto.Types.DataType.Float && i.Dims.Count == 0
            && i.RawData.Length == sizeof(float) && i.RawData.Span.IndexOfAnyExcept((byte)0) < 0).Select(i => i.Name)];
        NodeProto[] paddings = [.. graph.Node.Where(n => n.OpType == "Pad" && n.Input.Count > 2 && zeros.Contains(n.Input[2]) && pooled.Contains(n.Output[0]))];
        Array.ForEach(paddings, p => p.Input[2] = MinusZero);
        if (paddings.Length > 0 && graph.Initializer.All(i => i.Name != MinusZero))
        {
            graph.Initializer.Add(Tensors.Create(MinusZero, [-0f]));
        }
    }
}
