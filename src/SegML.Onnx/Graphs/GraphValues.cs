using Google.Protobuf;
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

    /// <summary>The values that a graph's nodes compute.</summary>
    public static IEnumerable<string> Computed(GraphProto graph) => graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0);

    /// <summary>A model file's content in which values from inside the model are outputs too, behind its own, so that a run shows them.</summary>
    /// <param name="model">The model; it is left as it is.</param>
    /// <param name="values">The values; those that are outputs already are not repeated.</param>
    public static byte[] WithOutputs(ModelProto model, IEnumerable<string> values)
    {
        ModelProto open = model.Clone(); // The weights are not copied: their bytes never change, and both models have the same.
        open.Graph.Output.AddRange(values.Except(open.Graph.Output.Select(o => o.Name)).Select(v => new ValueInfoProto { Name = v }));
        return open.ToByteArray();
    }

    /// <summary>Takes the constants out of a graph's inputs, among which older models list them, as defaults.</summary>
    public static void RemoveConstantInputs(GraphProto graph)
    {
        HashSet<string> constants = [.. graph.Initializer.Select(i => i.Name)];
        foreach (ValueInfoProto input in graph.Input.Where(i => constants.Contains(i.Name)).ToArray())
        {
            graph.Input.Remove(input);
        }
    }

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
