using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Onnx.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission;

/// <summary>
/// Writes the nodes of one call into the graph. An emitter gets one, adds nodes, and returns the name of the value that
/// holds the module's result. That value and its node are then named after the module's path.
/// </summary>
public class EmitContext
{
    private readonly GraphBuilder _graph;
    private readonly TracedCall _call;
    private readonly List<NodeProto> _nodes = [];

    internal EmitContext(GraphBuilder graph, TracedCall call, int opset)
    {
        _graph = graph;
        _call = call;
        Opset = opset;
        Inputs = [.. call.Inputs.Select(i => i is null ? null : i.Constant is null ? i : Named(i))];
    }

    /// <summary>The opset that the model is written for, 13 to 23.</summary>
    public int Opset { get; }

    /// <summary>The tensors that the module reads, in the order of its arguments; null for an optional one that was not given.</summary>
    public IReadOnlyList<TracedTensor?> Inputs { get; }

    /// <summary>What the module returned when it was traced.</summary>
    public IReadOnlyList<TracedTensor> Outputs => _call.Outputs;

    /// <summary>The name of the first input.</summary>
    public string Input => Inputs[0]!.Name;

    /// <summary>The number of dimensions of the first input.</summary>
    public int Rank => Inputs[0]!.Rank;

    internal ModuleCall Call => (ModuleCall)_call;

    internal GraphBuilder Graph => _graph;

    internal IReadOnlyList<NodeProto> Nodes => _nodes;

    /// <summary>Adds a node with one output.</summary>
    /// <param name="opType">An operator of the default ONNX domain: <c>"Relu"</c>.</param>
    /// <param name="inputs">Names of values; an empty name leaves an optional input out.</param>
    /// <param name="attributes">Integers, floats, texts, or lists of them.</param>
    /// <returns>The name of the output.</returns>
    public string Node(string opType, IReadOnlyList<string> inputs, params (string Name, object Value)[] attributes) =>
        Node(opType, inputs, outputs: 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <inheritdoc cref="Node(string, IReadOnlyList{string}, ValueTuple{string, object}[])"/>
    /// <param name="opType">An operator of the default ONNX domain: <c>"Split"</c>.</param>
    /// <param name="inputs">Names of values; an empty name leaves an optional input out.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="attributes">Integers, floats, texts, or lists of them.</param>
    /// <returns>The names of the outputs.</returns>
    public string[] Node(string opType, IReadOnlyList<string> inputs, int outputs, params (string Name, object Value)[] attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(opType);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        string name = _graph.Unique($"{_call.Name}/{opType}");
        string[] values = [.. Enumerable.Range(0, outputs).Select(i => i == 0 ? name : $"{name}:{i}")];
        _nodes.Add(_graph.Add(opType, name, inputs, values, attributes));
        return values;
    }

    /// <summary>Counts nodes that another context added as this one's.</summary>
    internal void Adopt(IEnumerable<NodeProto> nodes) => _nodes.AddRange(nodes);

    /// <summary>A parameter or buffer of the module as a constant, named as in the state dictionary: <c>encoder.conv.weight</c>.</summary>
    /// <param name="name">Its name within the module: <c>"weight"</c>. The same name twice is the same constant.</param>
    /// <param name="value">Its content; disposed by the caller, if at all.</param>
    public string Parameter(string name, Tensor value)
    {
        string full = _call.Path.Length == 0 ? name : $"{_call.Path}.{name}";
        return _graph.Initializer(full, () => Tensors.Create(full, value));
    }

    /// <summary>A list of integers as a constant of shape <c>[n]</c>.</summary>
    public string Integers(params long[] values)
    {
        string name = $"integers[{string.Join(",", values)}]";
        return _graph.Initializer(name, () => Tensors.Create(name, values, values.Length));
    }

    /// <summary>An integer as a constant without dimensions.</summary>
    public string Integer(long value)
    {
        string name = $"integer[{value}]";
        return _graph.Initializer(name, () => Tensors.Create(name, [value]));
    }

    /// <summary>A float as a constant without dimensions.</summary>
    public string Float(double value)
    {
        string name = FormattableString.Invariant($"float[{value:R}]");
        return _graph.Initializer(name, () => Tensors.Create(name, [(float)value]));
    }

    /// <summary>A list of floats as a constant.</summary>
    /// <param name="name">A name for it within the module.</param>
    /// <param name="values">The values, in row-major order.</param>
    /// <param name="shape">The shape.</param>
    public string Floats(string name, float[] values, params long[] shape)
    {
        string full = $"{_call.Name}/{name}";
        return _graph.Initializer(full, () => Tensors.Create(full, values, shape));
    }

    /// <summary>The sizes of some dimensions at run time, as a value of shape <c>[to - from]</c>.</summary>
    /// <param name="value">The tensor to measure.</param>
    /// <param name="from">The first dimension, from 0.</param>
    /// <param name="to">The dimension after the last one.</param>
    public string Sizes(string value, int from, int to) => Opset >= 15
        ? Node("Shape", [value], ("start", from), ("end", to))
        : Node("Slice", [Node("Shape", [value]), Integers(from), Integers(to), Integers(0)]);

    /// <summary>A value cut into equal parts, whatever its size: opset 18 wants their number said.</summary>
    internal string[] EqualParts(string value, int parts, long dim) => Opset >= 18
        ? Node("Split", [value], parts, ("axis", dim), ("num_outputs", parts))
        : Node("Split", [value], parts, ("axis", dim));

    /// <summary>The module's parameters by name, for modules that keep them in native memory.</summary>
    /// <exception cref="OnnxExportException">They have been disposed: TorchSharp lists only those that have not.</exception>
    internal Dictionary<string, Tensor> Weights()
    {
        var weights = Call.Module.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);
        return weights.Count > 0 ? weights : throw new OnnxExportException(_call.Subject, "has parameters that have been disposed",
            "create it outside of any dispose scope, or detach its parameters from the scope");
    }

    /// <summary>For an emitter whose operator came with a later opset: stops unless the model is written for that one or a newer.</summary>
    /// <param name="opset">The first opset with the operator.</param>
    /// <param name="opType">The operator: <c>"Gelu"</c>.</param>
    /// <exception cref="OnnxExportException">The opset is lower.</exception>
    public void RequireOpset(int opset, string opType)
    {
        if (Opset < opset)
        {
            throw new OnnxExportException(_call.Subject, $"needs the operator {opType} of opset {opset}, and the model is written for {Opset}",
                $"set OnnxExportOptions.Opset to {opset} or more");
        }
    }

    /// <summary>For an emitter that cannot express this module: an exception that names it.</summary>
    /// <param name="what">What cannot be expressed, after "has": <c>"adaptive pooling to a size that is not given"</c>.</param>
    public virtual OnnxExportException Unsupported(string what) => new(_call.Subject, $"has {what}, which this exporter does not express",
        "change the module, or add an emitter of your own to OnnxExportOptions.Emitters");

    private TracedTensor Named(TracedTensor constant)
    {
        _graph.Initializer(constant.Name, () => Tensors.Create(constant.Name, constant.Constant!));
        return constant;
    }
}
