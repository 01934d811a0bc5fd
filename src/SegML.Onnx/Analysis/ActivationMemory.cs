using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>How much memory the values between nodes take at the worst moment.</summary>
internal static class ActivationMemory
{
    private static readonly HashSet<string> Views = ["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Dropout"];

    public static long Peak(GraphProto graph, ValueShapes shapes)
    {
        Dictionary<string, string> memory = []; // A view lies in the memory of what it views.
        string Root(string value) => memory.GetValueOrDefault(value, value);
        foreach (NodeProto node in graph.Node.Where(n => Views.Contains(n.OpType)))
        {
            memory[node.Output[0]] = Root(node.Input[0]);
        }
        Dictionary<string, int> last = [];
        foreach ((int index, NodeProto node) in graph.Node.Index())
        {
            foreach (string value in node.Input.Concat(node.Output).Where(v => v.Length > 0))
            {
                last[Root(value)] = index;
            }
        }
        foreach (ValueInfoProto output in graph.Output)
        {
            last[Root(output.Name)] = int.MaxValue;
        }
        ILookup<int, string> ends = last.ToLookup(l => l.Value, l => l.Key);
        HashSet<string> live = [.. graph.Input.Select(i => i.Name)];
        long now = live.Sum(shapes.Bytes), peak = now;
        foreach ((int index, NodeProto node) in graph.Node.Index())
        {
            now += node.Output.Where(o => o.Length > 0 && Root(o) == o && live.Add(o)).Sum(shapes.Bytes);
            peak = Math.Max(peak, now);
            now -= ends[index].Where(live.Remove).Sum(shapes.Bytes);
        }
        return peak;
    }
}
