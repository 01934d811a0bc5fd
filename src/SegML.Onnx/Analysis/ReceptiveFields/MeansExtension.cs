using Google.Protobuf;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>
/// The means over the whole image that a network computes on its way (global pooling), and what lets an app that scores an image in
/// tiles give every tile the means of the whole image. Extensions are parts of a model file: appended to the file's content they make
/// another model of it, because protobuf merges messages that stand one behind the other
/// (https://protobuf.dev/programming-guides/encoding/#last-one-wins). The model itself stays as it is.
/// </summary>
/// <param name="Tensors">What the means are of, and their names.</param>
/// <param name="Features">The extension by which the tensors that the means are of become outputs too.</param>
/// <param name="Conditioned">The extension by which the model takes the means as further inputs, and computes <paramref name="Output"/> with them.</param>
/// <param name="Output">The name of what it computes then in place of its output.</param>
internal sealed record MeansExtension(IReadOnlyList<MeansExtension.Mean> Tensors, byte[] Features, byte[] Conditioned, string Output)
{
    /// <summary>One of the means.</summary>
    /// <param name="Of">The tensor that it is of, [1, C, H, W].</param>
    /// <param name="Stride">Input pixels between that tensor's values.</param>
    /// <param name="Name">The input that takes it, float32 [1, C, 1, 1].</param>
    public readonly record struct Mean(string Of, int Stride, string Name);

    /// <summary>Makes the extensions.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">Its output.</param>
    /// <param name="means">The means by the names that they have in the graph; none depends on another.</param>
    public static MeansExtension Create(GraphProto graph, string output, IReadOnlyList<Mean> means)
    {
        string prefix = UnusedPrefix(graph);
        var features = new GraphProto();
        features.Output.AddRange(means.Select(m => m.Of).Distinct().Where(of => graph.Output.All(o => o.Name != of)).Select(of => new ValueInfoProto { Name = of }));

        var conditioned = new GraphProto();
        conditioned.Input.AddRange(means.Select(m => Value(prefix + m.Name)));
        conditioned.Output.Add(new ValueInfoProto { Name = prefix + output });
        HashSet<string> computedAnew = [.. means.Select(m => m.Name)];
        foreach (NodeProto node in graph.Node.Where(n => !n.Output.Any(computedAnew.Contains) && n.Input.Any(computedAnew.Contains)))
        {
            computedAnew.UnionWith(node.Output);
            NodeProto copy = node.Clone();
            copy.Name = "";
            Rename(copy.Input);
            Rename(copy.Output);
            conditioned.Node.Add(copy);
        }
        return new MeansExtension([.. means.Select(m => m with { Name = prefix + m.Name })], Part(features), Part(conditioned), prefix + output);

        void Rename(IList<string> names)
        {
            for (int i = 0; i < names.Count; i++)
            {
                names[i] = computedAnew.Contains(names[i]) ? prefix + names[i] : names[i];
            }
        }
    }

    private static string UnusedPrefix(GraphProto graph)
    {
        string prefix = "tiles/";
        string[] names = [.. GraphValues.Computed(graph), .. graph.Initializer.Select(i => i.Name), .. graph.Input.Select(i => i.Name)];
        while (names.Any(n => n.StartsWith(prefix, StringComparison.Ordinal)))
        {
            prefix = "tiles" + prefix;
        }
        return prefix;
    }

    private static byte[] Part(GraphProto graph) => new ModelProto { Graph = graph }.ToByteArray();

    private static ValueInfoProto Value(string name)
    {
        var one = new TensorShapeProto.Types.Dimension { DimValue = 1 };
        var shape = new TensorShapeProto { Dim = { one, new TensorShapeProto.Types.Dimension(), one, one } };
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
