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
        var rewritten = new Rewritten(graph, parameters, floatNodes);
        // What the nodes behind a value read. An output of the model keeps its name for what leaves it.
        Dictionary<string, string> codes = quantized.ToDictionary(v => v, v => rewritten.Unique($"{v}/quantized"));
        Dictionary<string, string> real = quantized.ToDictionary(v => v, v => made.Contains(v) && source.IsOutput(v) ? v : rewritten.Unique($"{v}/dequantized"));
        foreach (ValueInfoProto input in graph.Input.Where(i => quantized.Contains(i.Name)))
        {
            rewritten.AddPair(input.Name, input.Name, codes[input.Name], real[input.Name]);
        }
        foreach (NodeProto node in floatNodes)
        {
            string[] results = [.. node.Output];
            QuantizableNode? quantizable = byOutput.GetValueOrDefault(node.Output[0]);
            for (int i = 0; i < node.Input.Count; i++)
            {
                string value = node.Input[i];
                if (made.Contains(value) || quantizable?.Inputs.Contains(i) == true)
                {
                    // The shape of the codes is the values'; a Shape that read the values would keep them from being left out.
                    node.Input[i] = node.OpType is "Shape" or "Size" ? codes[value] : real[value];
                }
            }
            if (quantizable?.Kind == NodeKind.Weighted)
            {
                AddWeights(rewritten, node, quantizable);
            }
            graph.Node.Add(node);
            foreach (string value in results.Where(quantized.Contains))
            {
                string from = real[value] == value ? rewritten.Unique($"{value}/float") : value;
                node.Output[node.Output.IndexOf(value)] = from;
                rewritten.AddPair(value, from, codes[value], real[value]);
            }
        }
        GraphValues.RemoveUnread(graph);
        return model;
    }

    private void AddWeights(Rewritten rewritten, NodeProto node, QuantizableNode quantizable)
    {
        TensorProto weight = source.Initializer(node.Input[1]);
        float inputScale = parameters[quantizable.Node.Input[0]].Scale;
        float[]? bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? Tensors.Floats(source.Initializer(node.Input[2])) : null;
        (sbyte[] codes, float[] scales) = WeightQuantizer.Weight(Tensors.Floats(weight), [.. weight.Dims], quantizable.WeightAxis,
            bias is null ? null : WeightQuantizer.LeastScales(bias, inputScale), reduceRange);
        // Named after the node, since two nodes may share a weight and still need it at different scales.
        node.Input[1] = rewritten.AddConstant($"{quantizable.Name}/weight", DataType.Int8, weight.Dims, MemoryMarshal.AsBytes<sbyte>(codes).ToArray(),
            scales, quantizable.WeightAxis);
        if (bias is not null)
        {
            float[] products = [.. scales.Select(s => s * inputScale)];
            node.Input[2] = rewritten.AddConstant($"{quantizable.Name}/bias", DataType.Int32, [bias.Length],
                MemoryMarshal.AsBytes<int>(WeightQuantizer.Bias(bias, products)).ToArray(), products, 0);
        }
    }

    /// <summary>The graph that is being written. No name is given twice, nor one that the float model has.</summary>
    private sealed class Rewritten(GraphProto graph, IReadOnlyDictionary<string, QuantizationParameters> parameters, IEnumerable<NodeProto> floatNodes)
    {
        private readonly HashSet<string> _names = [.. floatNodes.SelectMany(n => n.Output), .. graph.Input.Select(i => i.Name), .. graph.Initializer.Select(i => i.Name)];
        private readonly Dictionary<QuantizationParameters, string> _constants = [];

        public string Unique(string stem)
        {
            string name = stem;
            for (int i = 2; !_names.Add(name); i++)
            {
                name = $"{stem}_{i}";
            }
            return name;
        }

        /// <summary>Quantizes a value and makes it real again.</summary>
        public void AddPair(string value, string from, string codes, string to)
        {
            // Values that share parameters also share the constants: runtimes see by their names that nothing changes.
            QuantizationParameters of = parameters[value];
            if (!_constants.TryGetValue(of, out string? constants))
            {
                _constants[of] = constants = Unique(FormattableString.Invariant($"quantization/{of.Scale:R}/{of.ZeroPoint}"));
                graph.Initializer.Add(Tensors.Create($"{constants}/scale", [of.Scale]));
                graph.Initializer.Add(Tensors.Create($"{constants}/zero_point", DataType.Uint8, [], [of.ZeroPoint]));
            }
            AddNode("QuantizeLinear", from, constants, codes);
            AddNode("DequantizeLinear", codes, constants, to);
        }

        /// <summary>Adds a constant as codes, and makes it real, with a scale for each channel along an axis and zero points of 0.</summary>
        /// <returns>The name of the real value.</returns>
        public string AddConstant(string stem, DataType type, IEnumerable<long> shape, byte[] codes, float[] scales, int axis)
        {
            string name = Unique(stem);
            graph.Initializer.Add(Tensors.Create($"{name}/codes", type, shape, codes));
            graph.Initializer.Add(Tensors.Create($"{name}/scale", scales, scales.Length));
            graph.Initializer.Add(Tensors.Create($"{name}/zero_point", type, [scales.Length], new byte[scales.Length * (type == DataType.Int32 ? sizeof(int) : sizeof(sbyte))]));
            AddNode("DequantizeLinear", $"{name}/codes", name, name).Attribute.Add(Attributes.Create("axis", axis));
            return name;
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
