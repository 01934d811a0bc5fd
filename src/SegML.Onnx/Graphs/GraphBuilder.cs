using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>A growing ONNX graph. Names of values are unique; asking for one that is taken is a bug of the caller.</summary>
internal sealed class GraphBuilder(string name)
{
    private readonly Dictionary<string, TensorProto> _initializers = [];
    private readonly Dictionary<string, int> _suffixes = [];

    public GraphProto Graph { get; } = new() { Name = name };

    /// <summary>A name that begins with <paramref name="stem"/> and that this method has not given before.</summary>
    public string Unique(string stem)
    {
        int count = _suffixes[stem] = _suffixes.GetValueOrDefault(stem) + 1;
        return count == 1 ? stem : $"{stem}_{count}";
    }

    public NodeProto Add(string opType, string name, IEnumerable<string> inputs, IEnumerable<string> outputs,
        IEnumerable<(string Name, object Value)> attributes)
    {
        var node = new NodeProto { OpType = opType, Name = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(a => Attributes.Create(a.Name, a.Value)));
        Graph.Node.Add(node);
        return node;
    }

    /// <summary>Adds a constant, once: the same name means the same content (a module that is called twice).</summary>
    public string Initializer(string name, Func<TensorProto> create)
    {
        if (!_initializers.ContainsKey(name))
        {
            _initializers[name] = create();
            Graph.Initializer.Add(_initializers[name]);
        }
        return name;
    }

    public bool IsInitializer(string value) => _initializers.ContainsKey(value);

    /// <summary>Gives a value another name, in the given nodes.</summary>
    public static void Rename(IEnumerable<NodeProto> nodes, string from, string to)
    {
        foreach (NodeProto node in nodes)
        {
            Replace(node.Input, from, to);
            Replace(node.Output, from, to);
        }
    }

    private static void Replace(IList<string> names, string from, string to)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == from)
            {
                names[i] = to;
            }
        }
    }
}
