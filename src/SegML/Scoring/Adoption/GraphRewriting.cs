using System.Runtime.InteropServices;
using Google.Protobuf;
using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>
/// Makes a foreign graph one of SegML's kind, in place: input "image" float [N, C, H, W], output "logits" float [N, classes, h, w]. Nodes before it
/// bring the image to the layout and type that it takes, nodes behind it bring what it gives to a channel a class. All else of SegML then works on
/// it as on a model of its own: tiles, further views, quantization, a self-contained form.
/// </summary>
internal sealed class GraphRewriting
{
    private const int AttributeFloat = 1, AttributeInteger = 2, AttributeIntegers = 7;

    private readonly ForeignGraph _graph;
    private readonly AdoptionPlan _plan;
    private readonly List<Node> _before = [], _behind = [];
    private readonly Dictionary<string, string> _renamed = [];
    private int _count;

    private GraphRewriting(ForeignGraph graph, AdoptionPlan plan) => (_graph, _plan) = (graph, plan);

    /// <summary>Rewrites a graph.</summary>
    public static void Run(ForeignGraph graph, AdoptionPlan plan) => new GraphRewriting(graph, plan).Run();

    private void Run()
    {
        ForeignTensor input = _plan.InputTensor;
        string given = Freed(input.Name), source = Freed(_plan.Source);
        string image = Before(input), logits = Behind(source);
        if (_before.Count == 0)
        {
            _graph.Rename(given, image);
        }
        else
        {
            _before[^1].Output[0] = given;
        }
        if (_behind.Count == 0)
        {
            _graph.Rename(logits, Segmenter.OutputName);
        }
        else
        {
            _behind[^1].Output[0] = Segmenter.OutputName;
        }

        Node[] nodes = [.. _before, .. _graph.Graph.Node, .. _behind];
        _graph.Graph.Node.Clear();
        _graph.Graph.Node.AddRange(nodes);
        HashSet<string> constants = [.. _graph.Graph.Initializer.Select(i => i.Name)];
        Value[] defaults = [.. _graph.Graph.Input.Where(i => constants.Contains(i.Name))];
        Dimension batch = Batch(_plan.InputTensor.Sizes?[0]);
        _graph.Graph.Input.Clear();
        _graph.Graph.Input.Add(Tensor(Segmenter.InputName, batch, Size(_plan.Input.ChannelCount), Side(input, "H", 2, 1), Side(input, "W", 3, 2)));
        _graph.Graph.Input.AddRange(defaults);
        _graph.Graph.Output.Clear();
        _graph.Graph.Output.Add(Tensor(Segmenter.OutputName, batch.Clone(), Size(_plan.Classes.Count), new Dimension { DimParam = "h" }, new Dimension { DimParam = "w" }));
    }

    // The names that SegML's models have go to what they mean there; what has them in this graph gets another.
    private string Freed(string value)
    {
        foreach (string name in (string[])[Segmenter.InputName, Segmenter.OutputName])
        {
            if (_graph.Unused(name) != name)
            {
                _renamed[name] = _graph.Unused($"network/{name}");
                _graph.Rename(name, _renamed[name]);
            }
        }
        return _renamed.GetValueOrDefault(value, value);
    }

    private string Before(ForeignTensor input)
    {
        string value = Segmenter.InputName;
        if (input.IsInteger)
        {
            // The numbers are whole already, up to float's rounding of the scale that made them; a cast cuts.
            value = Add(_before, "Cast", [Add(_before, "Floor", [Add(_before, "Add", [value, Floats(0.5f)])])], ("to", (long)input.Type));
        }
        else if (input.Type != ForeignTensor.Float)
        {
            value = Add(_before, "Cast", [value], ("to", (long)input.Type));
        }
        return _plan.InputLayout == TensorLayout.Nhwc ? Add(_before, "Transpose", [value], ("perm", new long[] { 0, 2, 3, 1 })) : value;
    }

    private string Behind(string value)
    {
        bool isFloat = _plan.Source == _plan.OutputTensor.Name && _plan.OutputTensor.Type == ForeignTensor.Float;
        if (!isFloat)
        {
            value = Add(_behind, "Cast", [value], ("to", (long)ForeignTensor.Float));
        }
        if (_plan.SourceRank == 3)
        {
            value = _graph.Opset < 13 ? Add(_behind, "Unsqueeze", [value], ("axes", new long[] { 1 })) : Add(_behind, "Unsqueeze", [value, Integers(1)]);
        }
        else if (_plan.OutputLayout == TensorLayout.Nhwc)
        {
            value = Add(_behind, "Transpose", [value], ("perm", new long[] { 0, 3, 1, 2 }));
        }
        return _plan.Meaning switch
        {
            OutputMeaning.ClassIndex => OneHot(value),
            OutputMeaning.Saliency => Foreground(Stretched(value)),
            OutputMeaning.Sigmoid when _plan.IsForeground => Foreground(value),
            OutputMeaning.SigmoidLogits when _plan.IsForeground => Foreground(value, Math.Log(_plan.Threshold / (1 - _plan.Threshold))),
            _ => value,
        };
    }

    // A class's channel is 1 where the number is the class's. A number of no class is 0 in all.
    private string OneHot(string number)
    {
        string ids = Add(_behind, "Cast", [Add(_behind, "Floor", [Add(_behind, "Add", [number, Floats(0.5f)])])], ("to", (long)ForeignTensor.Int32));
        string classes = Constant(ForeignTensor.Int32, MemoryMarshal.AsBytes<int>(Enumerable.Range(0, _plan.Classes.Count).ToArray()), 1, _plan.Classes.Count, 1, 1);
        return Add(_behind, "Cast", [Add(_behind, "Equal", [ids, classes])], ("to", (long)ForeignTensor.Float));
    }

    // The least value of an image becomes 0, the greatest 1.
    private string Stretched(string value)
    {
        string least = Reduced("ReduceMin"), greatest = Reduced("ReduceMax");
        string range = Add(_behind, "Max", [Add(_behind, "Sub", [greatest, least]), Floats(1e-6f)]);
        return Add(_behind, "Div", [Add(_behind, "Sub", [value, least]), range]);

        string Reduced(string operation) => _graph.Opset < 18
            ? Add(_behind, operation, [value], ("axes", new long[] { 1, 2, 3 }), ("keepdims", 1L))
            : Add(_behind, operation, [value, Integers(1, 2, 3)], ("keepdims", 1L));
    }

    // A foreground's probability p becomes background and foreground: p is the greater one from the threshold on.
    private string Foreground(string probability)
    {
        float share = (float)(_plan.Threshold / (1 - _plan.Threshold));
        string background = Add(_behind, "Mul", [Add(_behind, "Sub", [Floats(1), probability]), Floats(share)]);
        return Add(_behind, "Concat", [background, probability], ("axis", 1L));
    }

    // Softmax of an offset and x is the sigmoid of x less the offset.
    private string Foreground(string logit, double offset)
    {
        string background = Add(_behind, "Add", [Add(_behind, "Mul", [logit, Floats(0)]), Floats((float)offset)]);
        return Add(_behind, "Concat", [background, logit], ("axis", 1L));
    }

    private string Add(List<Node> nodes, string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = _graph.Unused($"adopted/{operation}_{++_count}");
        var node = new Node { OpType = operation, Name = name };
        node.Input.AddRange(inputs);
        node.Output.Add(name);
        node.Attribute.AddRange(attributes.Select(a => Created(a.Name, a.Value)));
        nodes.Add(node);
        return name;
    }

    private static Parts.Attribute Created(string name, object value)
    {
        var attribute = new Parts.Attribute { Name = name };
        switch (value)
        {
            case long number:
                (attribute.Type, attribute.I) = (AttributeInteger, number);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeFloat, number);
                break;
            case long[] numbers:
                attribute.Type = AttributeIntegers;
                attribute.Ints.AddRange(numbers);
                break;
        }
        return attribute;
    }

    private string Floats(float value) => Constant(ForeignTensor.Float, MemoryMarshal.AsBytes<float>([value]));

    private string Integers(params long[] values) => Constant(ForeignTensor.Int64, MemoryMarshal.AsBytes<long>(values), values.Length);

    private string Constant(int type, ReadOnlySpan<byte> content, params long[] shape)
    {
        string name = _graph.Unused($"adopted/constant_{++_count}");
        var tensor = new Tensor { Name = name, DataType = type, RawData = ByteString.CopyFrom(content) };
        tensor.Dims.AddRange(shape);
        _graph.Graph.Initializer.Add(tensor);
        return name;
    }

    private Dimension Side(ForeignTensor input, string symbol, int planar, int interleaved) =>
        input.Sizes?[_plan.InputLayout == TensorLayout.Nchw ? planar : interleaved] is { } size ? Size(size) : new Dimension { DimParam = symbol };

    private static Dimension Batch(long? size) => size is { } known ? Size(known) : new Dimension { DimParam = "N" };

    private static Dimension Size(long size) => new() { DimValue = size };

    private static Value Tensor(string name, params Dimension[] dimensions)
    {
        var shape = new Shape();
        shape.Dim.AddRange(dimensions);
        return new Value { Name = name, Type = new Parts.Type { TensorType = new TensorType { ElemType = ForeignTensor.Float, Shape = shape } } };
    }
}
