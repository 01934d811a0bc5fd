using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Rewriting;

/// <summary>Nodes that are put before or behind those of a graph there is. All their names begin with a prefix that the graph does not use.</summary>
internal sealed class GraphPart
{
    private readonly GraphBuilder _part = new("");
    private readonly string _prefix;

    public GraphPart(GraphProto graph, string prefix)
    {
        string[] taken = [.. graph.Node.SelectMany(n => n.Output.Append(n.Name)), .. graph.Initializer.Select(i => i.Name),
            .. graph.Input.Select(i => i.Name)];
        while (taken.Any(t => t.StartsWith(prefix + "/", StringComparison.Ordinal)))
        {
            prefix += "_";
        }
        _prefix = prefix;
    }

    public IReadOnlyList<NodeProto> Nodes => _part.Graph.Node;

    public IReadOnlyList<TensorProto> Constants => _part.Graph.Initializer;

    /// <summary>Adds a node with one output.</summary>
    /// <returns>The output's name.</returns>
    public string Node(string opType, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = _part.Unique($"{_prefix}/{opType}");
        _part.Add(opType, name, inputs, [name], attributes);
        return name;
    }

    /// <summary>Adds a node whose output has a given name.</summary>
    public void NamedNode(string output, string opType, string[] inputs, params (string Name, object Value)[] attributes) =>
        _part.Add(opType, _part.Unique($"{_prefix}/{opType}"), inputs, [output], attributes);

    public string Integer(long value)
    {
        string name = $"{_prefix}/integer[{value}]";
        return _part.Initializer(name, () => Tensors.Create(name, [value]));
    }

    public string Integers(params long[] values)
    {
        string name = $"{_prefix}/integers[{string.Join(",", values)}]";
        return _part.Initializer(name, () => Tensors.Create(name, values, values.Length));
    }

    public string Float(float value) => Floats(FormattableString.Invariant($"float[{value:R}]"), [value]);

    public string Floats(string stem, IReadOnlyList<float> values, params long[] shape)
    {
        string name = $"{_prefix}/{stem}";
        return _part.Initializer(name, () => Tensors.Create(name, [.. values], shape));
    }

    public string Double(double value)
    {
        string name = FormattableString.Invariant($"{_prefix}/double[{value:R}]");
        return _part.Initializer(name, () => Tensors.Create(name, TensorProto.Types.DataType.Double, [], BitConverter.GetBytes(value)));
    }
}
