using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>
/// Folds the nodes of a module into a block. Nodes are named by module paths, so that those of one module begin alike; only nodes that
/// run one after the other become one block, which keeps the blocks in an order in which everything flows down.
/// </summary>
internal sealed class BlockFolder(GraphProto graph, ValueShapes shapes)
{
    private const int MaxDepth = 6, MostRuns = 1000;

    /// <summary>Folds at the greatest depth of the paths that gives at most this many blocks; at the first part of the paths if none does.</summary>
    public (IReadOnlyList<OnnxBlock> Blocks, IReadOnlyList<OnnxEdge> Edges) Fold(int maxBlocks)
    {
        // What is computed from constants alone (a weight that is transposed) belongs to the node that reads it.
        int depth = Enumerable.Range(1, MaxDepth).Reverse().FirstOrDefault(d => Runs(d).Count <= maxBlocks, 1);
        List<List<NodeProto>> runs = Runs(depth);
        if (runs.Count > MostRuns)
        {
            // Nodes that no module holds together: as many parts as there may be blocks.
            runs = [.. runs.SelectMany(r => r).Chunk(1 + graph.Node.Count / maxBlocks).Select(c => c.ToList())];
        }
        string[] inputs = [.. graph.Input.Select(i => i.Name).Except(graph.Initializer.Select(i => i.Name))];
        HashSet<string> counted = [];
        List<OnnxBlock> blocks = [.. inputs.Select(i => new OnnxBlock(i, OnnxBlockKind.Input, [], 0, 0))];
        blocks.AddRange(runs.Select(r => Block(r, depth, counted)));
        blocks.AddRange(graph.Output.Select(o => new OnnxBlock(o.Name, OnnxBlockKind.Output, [], 0, 0)));
        return (blocks, Edges(runs, inputs));
    }

    private List<List<NodeProto>> Runs(int depth)
    {
        List<List<NodeProto>> runs = [];
        string? current = null;
        foreach (NodeProto node in graph.Node.Where(n => n.OpType != "Constant"))
        {
            string path = Path(node, depth);
            if (path != current)
            {
                runs.Add([]);
                current = path;
            }
            runs[^1].Add(node);
        }
        return runs;
    }

    // Without the node's own part, which is the operator, unless the path is that one part alone.
    private static string Path(NodeProto node, int depth)
    {
        string[] parts = (node.Name.Length > 0 ? node.Name : node.Output[0]).Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? node.OpType : string.Join('/', parts.Take(depth));
    }

    private OnnxBlock Block(List<NodeProto> nodes, int depth, HashSet<string> counted)
    {
        long parameters = nodes.SelectMany(n => n.Input).Distinct().Where(i => Weights.ContainsKey(i) && counted.Add(i)).Sum(i => Weights[i]);
        return new OnnxBlock(Path(nodes[0], depth), OnnxBlockKind.Module, [.. nodes.Select(n => n.OpType).Distinct()], parameters, nodes.Sum(n => NodeCosts.Macs(n, shapes)));
    }

    private Dictionary<string, long> Weights { get; } = graph.Initializer.Where(i => i.DataType != (int)TensorProto.Types.DataType.Int64)
        .GroupBy(i => i.Name).ToDictionary(g => g.Key, g => ValueShapes.Count(g.First().Dims));

    private List<OnnxEdge> Edges(List<List<NodeProto>> runs, string[] inputs)
    {
        Dictionary<string, int> makers = [];
        foreach ((int index, string input) in inputs.Index())
        {
            makers[input] = index;
        }
        foreach ((int index, List<NodeProto> nodes) in runs.Index())
        {
            foreach (string output in nodes.SelectMany(n => n.Output))
            {
                makers[output] = inputs.Length + index;
            }
        }
        var reads = runs.Index().SelectMany(r => r.Item.SelectMany(n => n.Input).Select(value => (value, To: inputs.Length + r.Index)))
            .Concat(graph.Output.Index().Select(o => (value: o.Item.Name, To: inputs.Length + runs.Count + o.Index)));
        // A shape that is handed on is no data to draw.
        return [.. reads.Where(r => makers.TryGetValue(r.value, out int from) && from != r.To && (!shapes.IsMeasured || shapes.Of(r.value).Length > 1))
            .Select(r => new OnnxEdge(makers[r.value], r.To, shapes.Of(r.value))).DistinctBy(e => (e.From, e.To, string.Join(',', e.Shape)))];
    }
}
