using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Weights;

/// <summary>
/// A graph reduced to the layers that hold weights. A layer's <see cref="Layer.Signature"/> says what it is (operator, shape of its weights, strides) and
/// by which layers its input came there, and so tells two convolutions of one shape apart by their places: the one in a residual block
/// from the one beside it. Activations, sums and other nodes between layers do not count: exporters write them in many ways.
/// </summary>
internal sealed class LayerGraph
{
    /// <summary>A node with weights.</summary>
    /// <param name="Name">As errors call it.</param>
    /// <param name="Signature">Equal for layers of one place, in every graph that was read with the same signatures.</param>
    /// <param name="Constants">Names of its constants by their roles: 1, 2 ... as the operator's inputs are counted.</param>
    internal sealed record Layer(string Name, int Signature, IReadOnlyDictionary<int, string> Constants);

    private const int Weight = 1, Bias = 2;

    private static readonly HashSet<string> _operators =
    [
        "Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "InstanceNormalization", "LayerNormalization", "PRelu",
    ];

    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, int[]> _origins = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _signatures;

    private LayerGraph(GraphProto graph, Dictionary<string, int> signatures)
    {
        _signatures = signatures;
        _constants = Constants.Floats(graph).DistinctBy(c => c.Name).ToDictionary(c => c.Name, c => c.Tensor, StringComparer.Ordinal);
        ILookup<string, NodeProto> readers = graph.Node.SelectMany(n => n.Input.Select(i => (i, n))).ToLookup(p => p.i, p => p.n, StringComparer.Ordinal);
        var layers = new List<Layer>();
        foreach (NodeProto node in graph.Node)
        {
            if (_operators.Contains(node.OpType) && node.Input.Count > Weight && _constants.ContainsKey(node.Input[Weight]))
            {
                layers.Add(Read(node, readers));
                _origins[node.Output[0]] = [layers[^1].Signature];
                continue;
            }
            int[] origins = [.. node.Input.SelectMany(OriginsOf).Distinct().Order()];
            foreach (string output in node.Output)
            {
                _origins[output] = origins;
            }
        }
        Layers = layers;
    }

    /// <summary>The layers in the order of the graph.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Reads a graph.</summary>
    /// <param name="graph">Its nodes stand in an order in which they can be computed, as ONNX asks for.</param>
    /// <param name="signatures">Numbers of the signatures met so far; grows. The same for graphs that are to be compared.</param>
    public static LayerGraph Read(GraphProto graph, Dictionary<string, int> signatures) => new(graph, signatures);

    private Layer Read(NodeProto node, ILookup<string, NodeProto> readers)
    {
        var constants = new Dictionary<int, string>();
        for (int role = Weight; role < node.Input.Count; role++)
        {
            if (_constants.ContainsKey(node.Input[role]))
            {
                constants[role] = node.Input[role];
            }
        }
        long[] shape = [.. _constants[node.Input[Weight]].Dims];
        bool dense = node.OpType is "Gemm" or "MatMul";
        if (dense && shape.Length == 2 && Attributes.Integer(node, "transB", 0) == 0)
        {
            Array.Reverse(shape);
        }
        if (!constants.ContainsKey(Bias) && AddedBias(node, shape, readers) is { } bias)
        {
            constants[Bias] = bias;
        }
        string key = string.Join('|', dense ? "Dense" : node.OpType, string.Join(",", shape), Spread(node, "strides"), Spread(node, "dilations"),
            Attributes.Integer(node, "group", 1), string.Join(",", OriginsOf(node.Input[0])));
        _signatures.TryAdd(key, _signatures.Count);
        return new Layer(node.Name.Length > 0 ? node.Name : node.Output[0], _signatures[key], constants);
    }

    /// <summary>The constant that an Add, the only reader of a layer, adds to each of its channels.</summary>
    private string? AddedBias(NodeProto node, long[] shape, ILookup<string, NodeProto> readers)
    {
        if (node.OpType is not ("Conv" or "ConvTranspose" or "Gemm" or "MatMul") || readers[node.Output[0]].ToArray() is not [{ OpType: "Add" } add])
        {
            return null;
        }
        long channels = node.OpType == "ConvTranspose" ? shape[1] * Attributes.Integer(node, "group", 1) : shape[0];
        return add.Input.FirstOrDefault(i => _constants.TryGetValue(i, out TensorProto? c) && c.Dims.Aggregate(1L, (a, b) => a * b) == channels);
    }

    private int[] OriginsOf(string value) => _origins.GetValueOrDefault(value, []);

    // Left out, strides and dilations are 1.
    private static string Spread(NodeProto node, string name) =>
        Attributes.Integers(node, name) is { } values && values.Any(v => v != 1) ? string.Join(",", values) : "1";
}
