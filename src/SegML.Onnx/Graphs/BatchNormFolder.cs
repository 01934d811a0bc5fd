using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Folds batch normalisations into the convolutions before them: in evaluation mode both are linear, so the convolution's
/// weight and bias can carry the normalisation's scale and shift. Only where nothing else reads the convolution's output or
/// shares its weight.
/// </summary>
internal static class BatchNormFolder
{
    public static void Fold(GraphProto graph)
    {
        var initializers = graph.Initializer.ToDictionary(i => i.Name);
        var producers = graph.Node.SelectMany(n => n.Output.Select(o => (o, n))).ToDictionary(p => p.o, p => p.n);
        Dictionary<string, int> readers = [];
        foreach (string value in GraphValues.ReadBy(graph))
        {
            readers[value] = readers.GetValueOrDefault(value) + 1;
        }
        bool IsConstant(string value) => initializers.TryGetValue(value, out TensorProto? tensor) && Tensors.HoldsFloats(tensor);
        foreach (NodeProto norm in graph.Node.Where(n => n.OpType == "BatchNormalization").ToArray())
        {
            if (producers.TryGetValue(norm.Input[0], out NodeProto? conv) && conv.OpType is "Conv" or "ConvTranspose"
                && readers[conv.Output[0]] == 1 && conv.Input.Skip(1).All(i => readers[i] == 1) && conv.Input.Concat(norm.Input).Except([conv.Input[0], norm.Input[0]]).All(IsConstant))
            {
                Fold(graph, conv, norm, initializers);
            }
        }
        GraphValues.RemoveUnread(graph);
    }

    private static void Fold(GraphProto graph, NodeProto conv, NodeProto norm, Dictionary<string, TensorProto> initializers)
    {
        float[] scale = Tensors.Floats(initializers[norm.Input[1]]), shift = Tensors.Floats(initializers[norm.Input[2]]);
        float[] mean = Tensors.Floats(initializers[norm.Input[3]]), variance = Tensors.Floats(initializers[norm.Input[4]]);
        float epsilon = norm.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5f;
        TensorProto weight = initializers[conv.Input[1]];
        float[] bias = conv.Input.Count > 2 ? Tensors.Floats(initializers[conv.Input[2]]) : new float[scale.Length];
        var factors = new double[scale.Length];
        for (int c = 0; c < factors.Length; c++)
        {
            factors[c] = scale[c] / Math.Sqrt((double)variance[c] + epsilon);
            bias[c] = (float)(shift[c] + ((double)bias[c] - mean[c]) * factors[c]);
        }
        float[] content = Tensors.Floats(weight);
        Scale(content, [.. weight.Dims], factors, conv);

        // New constants: a weight keeps its name, and a bias is named after it, so that they read as the convolution's own.
        Replace(graph, initializers, Tensors.Create(weight.Name, content, [.. weight.Dims]));
        string biasName = conv.Input.Count > 2 ? conv.Input[2] : weight.Name.EndsWith("weight", StringComparison.Ordinal) ? $"{weight.Name[..^6]}bias" : $"{conv.Name}/bias";
        Replace(graph, initializers, Tensors.Create(biasName, bias, bias.Length));
        if (conv.Input.Count == 2)
        {
            conv.Input.Add(biasName);
        }
        conv.Output[0] = norm.Output[0];
        graph.Node.Remove(norm);
    }

    // Convolution weights are [out, in / groups, ...]; transposed ones [in, out / groups, ...].
    private static void Scale(Span<float> values, long[] dims, double[] factors, NodeProto conv)
    {
        long group = Attributes.Integer(conv, "group", 1);
        int area = (int)dims.Skip(2).Aggregate(1L, (a, b) => a * b);
        for (long first = 0; first < dims[0]; first++)
        {
            for (long second = 0; second < dims[1]; second++)
            {
                double factor = factors[conv.OpType == "Conv" ? first : first / (dims[0] / group) * dims[1] + second];
                foreach (ref float value in values.Slice((int)(first * dims[1] + second) * area, area))
                {
                    value = (float)(value * factor);
                }
            }
        }
    }

    private static void Replace(GraphProto graph, Dictionary<string, TensorProto> initializers, TensorProto tensor)
    {
        if (initializers.TryGetValue(tensor.Name, out TensorProto? old))
        {
            graph.Initializer[graph.Initializer.IndexOf(old)] = tensor;
        }
        else
        {
            graph.Initializer.Add(tensor);
        }
        initializers[tensor.Name] = tensor;
    }
}
