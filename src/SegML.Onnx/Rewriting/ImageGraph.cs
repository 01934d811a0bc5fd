using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;
using static SegML.Onnx.Rewriting.Resampling;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Puts the way from an image's bytes to a network's input before a graph, and the way from its logits to a mask behind it, in operators
/// that all opsets from 13 have.
/// </summary>
internal sealed class ImageGraph
{
    private readonly GraphProto _graph;
    private readonly OnnxImageOptions _options;
    private readonly GraphPart _before, _behind;
    private readonly Side _height, _width;

    private ImageGraph(GraphProto graph, OnnxImageOptions options)
    {
        _graph = graph;
        _options = options;
        _before = new GraphPart(graph, "preprocessing");
        _behind = new GraphPart(graph, "postprocessing");
        _height = Measured(options.Planar ? 2 : 1, options.ImageSize?.Height);
        _width = Measured(options.Planar ? 3 : 2, options.ImageSize?.Width);
    }

    /// <summary>Changes a graph with one input float [N, 3, H, W] and one output float [N, C, H, W], in place.</summary>
    public static void Wrap(GraphProto graph, OnnxImageOptions options)
    {
        ValueInfoProto input = graph.Input[0], output = graph.Output[0];
        TensorShapeProto.Types.Dimension batch = input.Type.TensorType.Shape.Dim[0];

        // The network keeps the names of its own values, unless the new input or output is called so.
        string image = Freed(graph, input.Name, options), logits = Freed(graph, output.Name, options);
        var wrapped = new ImageGraph(graph, options);
        wrapped.Preprocess(image);
        wrapped.Postprocess(logits);
        NodeProto[] nodes = [.. wrapped._before.Nodes, .. graph.Node, .. wrapped._behind.Nodes];
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        HashSet<string> read = [.. nodes.SelectMany(n => n.Input)];
        graph.Initializer.AddRange(wrapped._before.Constants.Concat(wrapped._behind.Constants).Where(c => read.Contains(c.Name)));

        TensorShapeProto.Types.Dimension height = Dimension("H", options.ImageSize?.Height), width = Dimension("W", options.ImageSize?.Width);
        TensorShapeProto.Types.Dimension colours = Dimension("", 3);
        graph.Input.Clear();
        graph.Input.Add(Bytes(options.InputName, options.Planar ? [batch, colours, height, width] : [batch, height, width, colours]));
        graph.Output.Clear();
        graph.Output.Add(Bytes(options.OutputName, [batch, height, width]));
    }

    private void Preprocess(string image)
    {
        string planes = _options.Planar ? _options.InputName : _before.Node("Transpose", [_options.InputName], ("perm", new long[] { 0, 3, 1, 2 }));
        (Side height, Side width) = NetworkSize();
        bool rows = height.Known is null || height.Known != _height.Known, columns = width.Known is null || width.Known != _width.Known;
        string levels = rows ? Rows(_before, planes, _height, height) : Cast(_before, planes, DataType.Float);
        if (columns)
        {
            levels = Transposed(Rows(_before, Transposed(levels), _width, width));
        }
        if (rows || columns)
        {
            levels = _before.Node("Floor", [_before.Node("Add", [levels, _before.Float(0.5f)])]);
        }
        if (_options.ReverseChannels)
        {
            levels = _before.Node("Gather", [levels, _before.Integers(2, 1, 0)], ("axis", 1));
        }
        string scaled = _before.Node("Mul", [levels, _before.Floats("scale", _options.Scale, 1, 3, 1, 1)]);
        _before.NamedNode(image, "Add", [scaled, _before.Floats("offset", _options.Offset, 1, 3, 1, 1)]);
    }

    private void Postprocess(string logits)
    {
        string channels = _behind.Node("Slice", [_behind.Node("Shape", [logits]), _behind.Integers(0), _behind.Integers(2), _behind.Integers(0)]);
        string sizes = _behind.Node("Concat", [channels, Line(_height), Line(_width)], ("axis", 0));
        string resized = _behind.Node("Resize", [logits, "", "", sizes], ("mode", "linear"), ("coordinate_transformation_mode", "half_pixel"));
        string ids = _behind.Node("ArgMax", [resized], ("axis", 1), ("keepdims", 0));
        _behind.NamedNode(_options.OutputName, "Cast", [ids], ("to", (long)DataType.Uint8));
    }

    private string Transposed(string value) => _before.Node("Transpose", [value], ("perm", new long[] { 0, 1, 3, 2 }));

    private string Line(Side side) => side.Known is { } size ? _behind.Integers(size) : _behind.Node("Unsqueeze", [side.Value, _behind.Integers(0)]);

    private Side Measured(int axis, int? known) => known is { } size
        ? Side.Of(_before, size)
        : new Side(_before.Node("Gather", [_before.Node("Shape", [_options.InputName]), _before.Integer(axis)]), null);

    private (Side Height, Side Width) NetworkSize()
    {
        if (_options.ImageSize is { } image)
        {
            (int height, int width) = _options.NetworkSize(image.Height, image.Width);
            return (Side.Of(_before, height), Side.Of(_before, width));
        }
        if (!_options.KeepAspect)
        {
            return (Side.Of(_before, _options.Height), Side.Of(_before, _options.Width));
        }
        // In double precision and in the order of OnnxImageOptions.NetworkSize: a side that rounds the other way is another network input.
        string exactHeight = Cast(_before, _height.Value, DataType.Double), exactWidth = Cast(_before, _width.Value, DataType.Double);
        string share = _before.Node("Div", [_before.Double((double)_options.Width * _options.Height), _before.Node("Mul", [exactWidth, exactHeight])]);
        string scale = _before.Node("Sqrt", [share]);
        return (new Side(Scaled(exactHeight, scale), null), new Side(Scaled(exactWidth, scale), null));
    }

    private string Scaled(string exact, string scale)
    {
        string rounded = _before.Node("Round", [_before.Node("Mul", [exact, scale])]);
        return Cast(_before, _before.Node("Clip", [rounded, _before.Double(_options.MinSide), _before.Double(_options.MaxSide)]), DataType.Int64);
    }

    private static string Freed(GraphProto graph, string name, OnnxImageOptions options)
    {
        if (name != options.InputName && name != options.OutputName)
        {
            return name;
        }
        HashSet<string> taken = [.. graph.Node.SelectMany(n => n.Output), .. graph.Initializer.Select(i => i.Name)];
        string free = $"network/{name}";
        while (taken.Contains(free))
        {
            free += "_";
        }
        GraphBuilder.Rename(graph.Node, name, free);
        return free;
    }

    private static TensorShapeProto.Types.Dimension Dimension(string symbol, long? size) =>
        size is { } known ? new() { DimValue = known } : new() { DimParam = symbol };

    private static ValueInfoProto Bytes(string name, TensorShapeProto.Types.Dimension[] dimensions)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(dimensions.Select(d => d.Clone()));
        var type = new TypeProto.Types.Tensor { ElemType = (int)DataType.Uint8, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
