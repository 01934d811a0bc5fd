using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>Which values a graph uses.</summary>
internal static class GraphValues
{
    /// <summary>The values that a node reads, those that the graphs inside it (of If, Loop, Scan) read included.</summary>
    public static IEnumerable<string> ReadBy(NodeProto node) => node.Input.Where(i => i.Length > 0)
        .Concat(node.Attribute.SelectMany(a => a.G is { } body ? [body, .. a.Graphs] : a.Graphs.AsEnumerable()).SelectMany(ReadBy));

    /// <summary>The values that a graph's nodes read, and its outputs.</summary>
    public static IEnumerable<string> ReadBy(GraphProto graph) => graph.Node.SelectMany(ReadBy).Concat(graph.Output.Select(o => o.Name));

    /// <summary>Removes the constants that nothing reads.</summary>
    public static void RemoveUnread(GraphProto graph)
    {
        HashSet<string> read = [.. ReadBy(graph)];
        foreach (TensorProto unread in graph.Initializer.Where(i => !read.Contains(i.Name)).ToArray())
        {
            graph.Initializer.Remove(unread);
        }
    }
}
