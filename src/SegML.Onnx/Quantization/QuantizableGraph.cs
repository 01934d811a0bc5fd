using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Quantization;

/// <summary>A model made ready for quantization, and which of its nodes can be quantized.</summary>
internal sealed class QuantizableGraph
{
    private readonly Dictionary<string, TensorProto> _initializers;
    private readonly Dictionary<string, List<NodeProto>> _readers = [];
    private readonly HashSet<string> _outputs, _floats;

    /// <param name="model">The model; it is changed.</param>
    /// <param name="path">What to call it in errors.</param>
    /// <exception cref="OnnxExportException">It is quantized already, or of an opset or type that cannot be quantized.</exception>
    public QuantizableGraph(ModelProto model, string path)
    {
        Check(model, path);
        Model = model;
        ConstantsToInitializers(model.Graph);
        OpsetUpgrade.Run(model, path); // Scales for single channels came with opset 13.
        GraphValues.RemoveConstantInputs(model.Graph); // A quantized constant is no input, nor one that is folded.
        BatchNormFolder.Fold(model.Graph);
        _initializers = model.Graph.Initializer.ToDictionary(i => i.Name);
        _outputs = [.. model.Graph.Output.Select(o => o.Name)];
        foreach (NodeProto node in model.Graph.Node)
        {
            foreach (string value in GraphValues.ReadBy(node))
            {
                (_readers.TryGetValue(value, out List<NodeProto>? readers) ? readers : _readers[value] = []).Add(node);
            }
        }
        _floats = ValueTypes.Floats(model, path);
    }

    public ModelProto Model { get; }

    public TensorProto Initializer(string name) => _initializers[name];

    public bool IsOutput(string value) => _outputs.Contains(value);

    /// <summary>The nodes to quantize, in the graph's order.</summary>
    /// <param name="keepInFloat">Names of nodes to leave out.</param>
    /// <param name="quantizesOutput">Whether also this node, whose result is an output of the model.</param>
    public IReadOnlyList<QuantizableNode> Choose(IReadOnlySet<string> keepInFloat, Predicate<NodeProto> quantizesOutput)
    {
        List<QuantizableNode> chosen = [];
        HashSet<string> quantized = [];
        foreach (NodeProto node in Model.Graph.Node)
        {
            if (keepInFloat.Contains(QuantizableNode.NameOf(node)) || Describe(node) is not { } candidate)
            {
                continue;
            }
            // A node without weight gains from int8 only where it would else stand between quantized ones.
            bool pays = candidate.Kind == NodeKind.Weighted || candidate.InputValues.Any(quantized.Contains);
            if (pays && (!IsOutput(candidate.Output) || quantizesOutput(node)))
            {
                chosen.Add(candidate);
                quantized.Add(candidate.Output);
            }
        }
        return chosen;
    }

    private QuantizableNode? Describe(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx"))
        {
            return null;
        }
        (NodeKind Kind, int[] Inputs)? how = node.OpType switch
        {
            "Conv" when IsWeight(node, 1) && IsBias(node) => (NodeKind.Weighted, [0]),
            "Gemm" when IsWeight(node, 1) && IsBias(node) && IsPlain(node) => (NodeKind.Weighted, [0]),
            "MatMul" when IsWeight(node, 1) && _initializers[node.Input[1]].Dims.Count == 2 => (NodeKind.Weighted, [0]),
            "Add" or "Mul" => (NodeKind.Arithmetic, [0, 1]),
            "AveragePool" or "GlobalAveragePool" or "Sigmoid" or "LeakyRelu" => (NodeKind.Arithmetic, [0]),
            "Concat" => (NodeKind.Arithmetic, [.. Enumerable.Range(0, node.Input.Count)]),
            "MaxPool" when node.Output.Count == 1 => (NodeKind.SameScale, [0]),
            "Resize" when IsInterpolation(node) => (NodeKind.SameScale, [0]),
            "Reshape" or "Flatten" or "Transpose" or "Squeeze" or "Unsqueeze" or "DepthToSpace" or "SpaceToDepth" => (NodeKind.SameScale, [0]),
            _ => null,
        };
        if (how is not { } found || found.Inputs.Any(i => !IsActivation(node.Input[i])) || !IsActivation(node.Output[0]))
        {
            return null;
        }
        return new QuantizableNode(node, found.Kind, found.Inputs, found.Kind == NodeKind.SameScale ? null : TailOf(node));
    }

    // Sizes and other integers are not for quantization, and constants are what they are.
    private bool IsActivation(string value) => _floats.Contains(value) && !_initializers.ContainsKey(value);

    private bool IsWeight(NodeProto node, int input) =>
        _initializers.TryGetValue(node.Input[input], out TensorProto? weight) && Tensors.HoldsFloats(weight) && !weight.Dims.Contains(0);

    private bool IsBias(NodeProto node) => node.Input.Count < 3 || node.Input[2].Length == 0
        || (_initializers.TryGetValue(node.Input[2], out TensorProto? bias) && Tensors.HoldsFloats(bias) && bias.Dims.Count == 1
            && bias.Dims[0] == _initializers[node.Input[1]].Dims[new QuantizableNode(node, NodeKind.Weighted, [], null).WeightAxis]);

    private static bool IsPlain(NodeProto gemm) => gemm.Attribute.All(a => a.Name switch
    {
        "alpha" or "beta" => a.F == 1,
        "transA" => a.I == 0,
        _ => true,
    });

    // A cubic goes beyond its input's range; a region of interest and antialiasing have no 8-bit form.
    private static bool IsInterpolation(NodeProto resize) => (resize.Input.Count < 2 || resize.Input[1].Length == 0) && resize.Attribute.All(a => a.Name switch
    {
        "mode" => a.S.ToStringUtf8() is "nearest" or "linear",
        "antialias" => a.I == 0,
        "coordinate_transformation_mode" => a.S.ToStringUtf8() != "tf_crop_and_resize",
        _ => true,
    });

    private NodeProto? TailOf(NodeProto node) =>
        !IsOutput(node.Output[0]) && _readers.TryGetValue(node.Output[0], out List<NodeProto>? readers) && readers is [var reader]
        && (reader.OpType == "Relu" || (reader.OpType == "Clip" && reader.Input[0] == node.Output[0] && reader.Input.Skip(1).All(i => i.Length == 0 || _initializers.ContainsKey(i))))
            ? reader
            : null;

    private static void ConstantsToInitializers(GraphProto graph)
    {
        foreach (NodeProto node in graph.Node.Where(n => n.OpType == "Constant" && n.Attribute is [{ Name: "value", T: not null }]).ToArray())
        {
            TensorProto tensor = node.Attribute[0].T.Clone();
            tensor.Name = node.Output[0];
            graph.Initializer.Add(tensor);
            graph.Node.Remove(node);
        }
    }

    private static void Check(ModelProto model, string path)
    {
        if (model.Graph.Node.Any(n => n.OpType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" || n.OpType.StartsWith("QLinear", StringComparison.Ordinal)
            || n.OpType.EndsWith("Integer", StringComparison.Ordinal)))
        {
            throw new OnnxExportException(path, "is quantized already", "quantize the float32 model that it was made from");
        }
        if (model.Graph.Initializer.Any(i => i.DataType is (int)TensorProto.Types.DataType.Float16 or (int)TensorProto.Types.DataType.Bfloat16))
        {
            throw new OnnxExportException(path, "has 16-bit weights", "quantize the float32 model that it was made from");
        }
    }
}
