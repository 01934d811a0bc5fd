namespace SegML.Scoring.Tiles;

/// <summary>The operations of an ONNX model in the order in which they are computed, and its constants.</summary>
internal sealed class OnnxGraph
{
    private OnnxGraph()
    {
    }

    public List<OnnxNode> Nodes { get; } = [];

    public Dictionary<string, OnnxTensor> Constants { get; } = [];

    /// <exception cref="InvalidDataException">The file is not an ONNX model.</exception>
    public static OnnxGraph Read(ReadOnlySpan<byte> model)
    {
        var graph = new OnnxGraph();
        var field = new ProtobufFields(model);
        while (field.Next())
        {
            // ModelProto.graph
            if (field.Number == 7)
            {
                graph.ReadGraph(field.Content);
            }
        }
        return graph;
    }

    private void ReadGraph(ReadOnlySpan<byte> message)
    {
        var field = new ProtobufFields(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    OnnxNode node = OnnxNode.Read(field.Content);
                    Nodes.Add(node);
                    if (node.Operator == "Constant" && node.Constant is { } values)
                    {
                        Constants[node.Outputs[0]] = new OnnxTensor(node.Outputs[0], [values.Length], values);
                    }
                    break;
                case 5:
                    OnnxTensor tensor = OnnxTensor.Read(field.Content);
                    Constants[tensor.Name] = tensor;
                    break;
            }
        }
    }
}
