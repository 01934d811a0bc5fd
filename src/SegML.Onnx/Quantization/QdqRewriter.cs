using System.Runtime.InteropServices;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Quantization;

/// <summary>
/// Rewrites a float model into one with QuantizeLinear and DequantizeLinear (QDQ) around its quantized nodes, the form that runtimes
/// turn into integer kernels. In ONNX Runtime a node becomes one if all its activations come from a DequantizeLinear and its result
/// goes into one QuantizeLinear alone.
/// </summary>
/// <param name="source">The float model; it is left as it is.</param>
/// <param name="parameters">The parameters of each activation around a quantized node.</param>
/// <param name="reduceRange">Whether weights use 7 bits.</param>
internal sealed class QdqRewriter(QuantizableGraph source, IReadOnlyDictionary<string, QuantizationParameters> parameters, bool reduceRange)
{
    /// <summary>Makes the model in which just these nodes are quantized.</summary>
    public ModelProto Rewrite(IReadOnlyCollection<QuantizableNode> nodes)
    {
        ModelProto model = source.Model.Clone();
        GraphProto graph = model.Graph;
        Dictionary<string, QuantizableNode> byOutput = nodes.ToDictionary(n => n.Node.Output[0]);
        HashSet<string> made = [.. nodes.Select(n => n.Output)], quantized = [.. made, .. nodes.SelectMany(n => n.InputValues)];
        NodeProto[] floatNodes = [.. graph.Node];
        graph.Node.Clear();
        var rewritten = new Rewritten(graph, parameters);
        foreach (ValueInfoProto input in graph.Input.Where(i => quantized.Contains(i.Name)))
        {
            rewritten.AddPair(input.Name, input.Name, $"{input.Name}/dequantized");
        }
        foreach (NodeProto node in floatNodes)
        {
            string[] results = [.. node.Output];
            QuantizableNode? quantizable = byOutput.GetValueOrDefault(node.Output[0]);
            for (int i = 0; i < node.Input.Count; i++)
            {
                string value = node.Input[i];
                bool codes = quantizable is not null && quantizable.Inputs.Contains(i);
                if (codes || made.Contains(value))
                {
                    // The shape of the codes is the values'; a Shape that read the values would keep them from being left out.
                    node.Input[i] = node.OpType is "Shape" or "Size" ? Codes(value) : Dequantized(value);
                }
            }
            if (quantizable?.Kind == NodeKind.Weighted)
            {
                AddWeights(rewritten, node, quantizable);
            }
            graph.Node.Add(node);
            foreach (string value in results.Where(quantized.Contains))
            {
                bool isOutput = made.Contains(value) && source.IsOutput(value);
                if (isOutput)
                {
                    node.Output[node.Output.IndexOf(value)] = $"{value}/float";
                }
                rewritten.AddPair(value, isOutput ? $"{value}/float" : value, isOutput ? value : $"{value}/dequantized");
            }
        }
        GraphValues.RemoveUnread(graph);
        return model;

        string Dequantized(string value) => made.Contains(value) && source.IsOutput(value) ? value : $"{value}/dequantized";
    }

    private static string Codes(string value) => $"{value}/quantized";

    private void AddWeights(Rewritten rewritten, NodeProto node, QuantizableNode quantizable)
    {
        TensorProto weight = source.Initializer(node.Input[1]);
        float inputScale = parameters[quantizable.Node.Input[0]].Scale;
        float[]? bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? Tensors.Floats(source.Initializer(node.Input[2])) : null;
        (sbyte[] codes, float[] scales) = WeightQuantizer.Weight(Tensors.Floats(weight), [.. weight.Dims], quantizable.WeightAxis,
            bias is null ? null : WeightQuantizer.LeastScales(bias, inputScale), reduceRange);
        // Named after the node, since two nodes may share a weight and still need it at different scales.
        string name = $"{quantizable.Name}/weight";
        rewritten.Add(Tensors.Create($"{name}/quantized", DataType.Int8, weight.Dims, MemoryMarshal.AsBytes<sbyte>(codes).ToArray()));
        rewritten.AddDequantized(name, $"{name}/quantized", scales, DataType.Int8, quantizable.WeightAxis);
        node.Input[1] = name;
        if (bias is not null)
        {
            float[] products = [.. scales.Select(s => s * inputScale)];
            name = $"{quantizable.Name}/bias";
            rewritten.Add(Tensors.Create($"{name}/quantized", DataType.Int32, [bias.Length], MemoryMarshal.AsBytes<int>(WeightQuantizer.Bias(bias, products)).ToArray()));
            rewritten.AddDequantized(name, $"{name}/quantized", products, DataType.Int32, 0);
            node.Input[2] = name;
        }
    }

    /// <summary>The graph that is being written.</summary>
    private sealed class Rewritten(GraphProto graph, IReadOnlyDictionary<string, QuantizationParameters> parameters)
    {
        private readonly HashSet<string> _constants = [];

        public void Add(TensorProto constant) => graph.Initializer.Add(constant);

        /// <summary>Quantizes a value and makes it real again.</summary>
        public void AddPair(string value, string from, string to)
        {
            (float scale, byte zeroPoint) = parameters[value];
            // Values that share parameters also share the constants: runtimes see by their names that nothing changes.
            string stem = FormattableString.Invariant($"quantization/{scale:R}/{zeroPoint}");
            if (_constants.Add(stem))
            {
                Add(Tensors.Create($"{stem}/scale", [scale]));
                Add(Tensors.Create($"{stem}/zero_point", DataType.Uint8, [], [zeroPoint]));
            }
            AddNode("QuantizeLinear", from, stem, Codes(value));
            AddNode("DequantizeLinear", Codes(value), stem, to);
        }

        /// <summary>Makes a constant real again, with a scale for each channel and no zero points.</summary>
        public void AddDequantized(string to, string from, float[] scales, DataType type, int axis)
        {
            Add(Tensors.Create($"{to}/scale", scales, scales.Length));
            Add(Tensors.Create($"{to}/zero_point", type, [scales.Length], new byte[scales.Length * (type == DataType.Int32 ? sizeof(int) : sizeof(sbyte))]));
            AddNode("DequantizeLinear", from, to, to).Attribute.Add(Attributes.Create("axis", axis));
        }

        private NodeProto AddNode(string type, string from, string constants, string to)
        {
            var node = new NodeProto { OpType = type, Name = $"{to}/{type}" };
            node.Input.AddRange([from, $"{constants}/scale", $"{constants}/zero_point"]);
            node.Output.Add(to);
            graph.Node.Add(node);
            return node;
        }
    }
}
