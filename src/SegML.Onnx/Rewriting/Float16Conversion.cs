using System.Runtime.InteropServices;
using SegML.Onnx.Analysis;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Turns the float32 values of a graph into float16, in place. A node either computes in 16 bits or keeps 32 with casts around it; a
/// constant is stored in the form that its readers want. 16-bit constants are nodes rather than initializers: ML.NET's ApplyOnnxModel
/// refuses a model with initializers of a type that it has no columns for.
/// </summary>
internal sealed class Float16Conversion(ModelProto model, string subject, IReadOnlyCollection<string> keep)
{
    // Sums over many values, where 11 bits of significand are too few or 65504 too low; and what takes float32 only, or means to.
    private static readonly string[] Wide =
    [
        "ReduceMean", "ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceProd",
        "GlobalAveragePool", "GlobalLpPool", "LpPool", "LpNormalization", "MeanVarianceNormalization", "BatchNormalization", "InstanceNormalization",
        "LayerNormalization", "GroupNormalization", "RMSNormalization", "LRN", "CumSum", "LSTM", "GRU", "RNN", "Range", "NonMaxSuppression",
        "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Celu", "Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    ];

    private readonly GraphProto _graph = model.Graph;
    private readonly HashSet<string> _wideOps = [.. Wide, .. keep];
    private readonly Dictionary<string, TensorProto> _constants = model.Graph.Initializer.ToDictionary(i => i.Name);
    private readonly List<NodeProto> _nodes = [], _halfConstants = [];
    // For each float value the name of its two forms, as far as they exist.
    private readonly Dictionary<string, string> _half = [], _full = [];
    private HashSet<string> _floats = [];

    /// <summary>The number of weights converted.</summary>
    public long Converted { get; private set; }

    /// <summary>The number of weights that were out of range.</summary>
    public long Clamped { get; private set; }

    public void Run()
    {
        Check();
        _floats = ValueTypes.Floats(model, subject);
        HashSet<string> sizes = SizeArithmetic();
        HashSet<string> outputs = [.. _graph.Output.Select(o => o.Name)];
        foreach (ValueInfoProto input in _graph.Input.Where(i => _floats.Contains(i.Name)))
        {
            _full[input.Name] = input.Name;
        }
        foreach (NodeProto node in _graph.Node.ToArray())
        {
            Convert(node, full: _wideOps.Contains(node.OpType) || node.Output.Any(sizes.Contains), outputs);
        }
        foreach (string output in outputs.Where(o => _half.ContainsKey(o) && !_full.ContainsKey(o) && !_constants.ContainsKey(o)))
        {
            Cast(_half[output], output, DataType.Float);
        }
        _graph.Node.Clear();
        _graph.Node.AddRange(_halfConstants.Concat(_nodes));
        _graph.ValueInfo.Clear();
        DropWide(outputs);
    }

    // Constants that are read in 16 bits only: they take the name of the 32-bit ones.
    private void DropWide(HashSet<string> outputs)
    {
        HashSet<string> read = [.. _nodes.SelectMany(n => n.Input), .. outputs];
        foreach (TensorProto wide in _constants.Values.Where(c => !read.Contains(c.Name)))
        {
            _graph.Initializer.Remove(wide);
            if (_half.TryGetValue(wide.Name, out string? half))
            {
                GraphBuilder.Rename(_graph.Node, half, wide.Name);
            }
        }
    }

    private void Check()
    {
        if (Constants.All(_graph).Any(c => c.DataType == (int)DataType.Float16))
        {
            throw new OnnxExportException(subject, "has 16-bit weights already", "give the 32-bit model");
        }
        if (_graph.Node.FirstOrDefault(n => n.Attribute.Any(a => a.G is not null)) is { } nested)
        {
            throw new OnnxExportException(subject, $"has graphs inside its node {nested.Name} ({nested.OpType})",
                "conversion to float16 takes models without If, Loop and Scan");
        }
    }

    // Floats that are computed from shapes: 11 bits of significand would not hold a size above 2048.
    private HashSet<string> SizeArithmetic()
    {
        HashSet<string> sizes = [];
        foreach (NodeProto node in _graph.Node)
        {
            string[] inputs = [.. node.Input.Where(i => i.Length > 0 && !_constants.ContainsKey(i))];
            if (node.OpType is "Shape" or "Size" || (inputs.Length > 0 && inputs.All(sizes.Contains)))
            {
                sizes.UnionWith(node.Output);
            }
        }
        return sizes;
    }

    private void Convert(NodeProto node, bool full, HashSet<string> outputs)
    {
        // Measuring a value takes it in whichever form there is.
        bool measures = node.OpType is "Shape" or "Size";
        for (int i = 0; i < node.Input.Count; i++)
        {
            if (measures)
            {
                node.Input[i] = _half.GetValueOrDefault(node.Input[i], node.Input[i]);
            }
            else if (_floats.Contains(node.Input[i]))
            {
                // Scales and regions of a Resize are float32 by definition, whatever it resizes.
                bool wide = full || (node.OpType is "Resize" or "Upsample" && i > 0);
                node.Input[i] = wide ? Widened(node.Input[i]) : Narrowed(node.Input[i]);
            }
        }
        _nodes.Add(node);
        bool narrowed = false;
        for (int i = 0; i < node.Output.Count; i++)
        {
            string value = node.Output[i];
            if (!_floats.Contains(value))
            {
                continue;
            }
            if (full)
            {
                _full[value] = value;
                continue;
            }
            // A value that leaves the graph keeps its name for the 32-bit form.
            node.Output[i] = _half[value] = outputs.Contains(value) ? $"{value}/fp16" : value;
            narrowed = true;
        }
        if (narrowed)
        {
            NarrowAttributes(node);
        }
    }

    // Nodes whose result has a type of its own, whatever they read.
    private void NarrowAttributes(NodeProto node)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            switch (node.OpType, attribute.Name)
            {
                case ("Cast", "to") or ("EyeLike", "dtype"):
                    attribute.I = (long)DataType.Float16;
                    break;
                case ("Constant" or "ConstantOfShape", "value"):
                    attribute.T = Narrow(attribute.T, attribute.T.Name);
                    break;
                case ("Constant", "value_float" or "value_floats"):
                    float[] values = attribute.Name == "value_float" ? [attribute.F] : [.. attribute.Floats];
                    long[] shape = attribute.Name == "value_float" ? [] : [values.Length];
                    TensorProto tensor = Narrow(Tensors.Create("", values, shape), "");
                    node.Attribute.Remove(attribute);
                    node.Attribute.Add(Attributes.Create("value", tensor));
                    return;
            }
        }
    }

    private string Narrowed(string value) => Form(value, _half, _full, "fp16", DataType.Float16);

    private string Widened(string value) => Form(value, _full, _half, "fp32", DataType.Float);

    private string Form(string value, Dictionary<string, string> forms, Dictionary<string, string> others, string suffix, DataType type)
    {
        if (forms.TryGetValue(value, out string? name))
        {
            return name;
        }
        if (!_constants.TryGetValue(value, out TensorProto? constant))
        {
            // A value that leaves the graph gets its 32-bit form under its own name.
            string cast = type == DataType.Float && others[value] != value ? value : $"{value}/{suffix}";
            Cast(others[value], cast, type);
            return forms[value] = cast;
        }
        if (type == DataType.Float)
        {
            return forms[value] = value;
        }
        var node = new NodeProto { OpType = "Constant", Name = $"{value}/Constant" };
        node.Output.Add($"{value}/{suffix}");
        node.Attribute.Add(Attributes.Create("value", Narrow(constant, value)));
        _halfConstants.Add(node);
        return forms[value] = node.Output[0];
    }

    private void Cast(string from, string to, DataType type)
    {
        var node = new NodeProto { OpType = "Cast", Name = $"{to}/Cast" };
        node.Input.Add(from);
        node.Output.Add(to);
        node.Attribute.Add(Attributes.Create("to", (long)type));
        _nodes.Add(node);
    }

    private TensorProto Narrow(TensorProto tensor, string name)
    {
        float[] values = Constants.Read(tensor, subject);
        var halves = new Half[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && float.IsFinite(values[i]))
            {
                halves[i] = values[i] > 0 ? Half.MaxValue : Half.MinValue;
                Clamped++;
            }
        }
        Converted += values.Length;
        return Tensors.Create(name, DataType.Float16, tensor.Dims, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
    }
}
