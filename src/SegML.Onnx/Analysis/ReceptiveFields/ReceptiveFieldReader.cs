using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>
/// Computes a network's receptive field from its graph: follows every operation from the input to the logits, over all
/// paths at once. An operation that is not known to look at a bounded neighbourhood counts as one that sees everything.
/// </summary>
internal sealed class ReceptiveFieldReader
{
    private const int Rank = 4, AxisY = 2, AxisX = 3;

    private readonly Dictionary<string, Axes> _reach = [];
    private readonly GraphProto _graph;
    private readonly SmallConstants _constants;
    private readonly SizeValues _sizes;
    private readonly List<NodeProto> _unbounded = [];
    private long _stride = 1;

    private ReceptiveFieldReader(GraphProto graph)
    {
        _graph = graph;
        _constants = new SmallConstants(graph);
        _sizes = new SizeValues(_constants);
    }

    /// <summary>Reads it.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The input's name, [N, C, H, W].</param>
    /// <param name="output">The output's name, [N, C, h, w]; resized bilinearly to H, W where it is smaller.</param>
    public static OnnxReceptiveField Read(GraphProto graph, string input, string output) => new ReceptiveFieldReader(graph).Follow(input, output);

    private OnnxReceptiveField Follow(string input, string output)
    {
        _reach[input] = new Axes(Reach.Input, Reach.Input);
        foreach (NodeProto node in _graph.Node)
        {
            Follow(node);
        }
        bool known = _reach.TryGetValue(output, out Axes logits);
        IReadOnlyList<MeansExtension.Mean>? means = known ? Means(input) : null;
        return new OnnxReceptiveField
        {
            Margin = known ? Math.Max(Margin(logits.Y), Margin(logits.X)) : 0,
            Stride = (int)Math.Min(_stride, int.MaxValue),
            UnboundedBy = _unbounded.FirstOrDefault()?.OpType ?? (known ? null : "its output"),
            Means = means is null ? null : MeansExtension.Create(_graph, output, means),
        };
    }

    // The means over the whole image by which alone the network sees beyond its margin; null where there are none, or it also sees
    // beyond by other operations, one mean depends on another, or the network may compute with other numbers than float32.
    private List<MeansExtension.Mean>? Means(string input)
    {
        var means = new List<MeansExtension.Mean>();
        foreach (NodeProto node in _unbounded)
        {
            string of = node.Input.FirstOrDefault() ?? "";
            if (!IsGlobalMean(node) || of == input || !_reach.TryGetValue(of, out Axes axes) || axes.Y.Stride != axes.X.Stride || axes.Y.Stride < 1)
            {
                return null;
            }
            means.Add(new MeansExtension.Mean(of, (int)axes.Y.Stride, node.Output[0]));
        }
        bool usable = means.Count > 0 && !AnyDependsOnAnother(means)
            && _graph.Initializer.All(i => (DataType)i.DataType is not (DataType.Float16 or DataType.Bfloat16 or DataType.Double));
        return usable ? means : null;
    }

    private bool IsGlobalMean(NodeProto node) => node.OpType == "GlobalAveragePool"
        || (node.OpType == "ReduceMean" && Attributes.Integer(node, "keepdims", 1) == 1 && AxesOf(node) is [2, 3] or [-2, -1]);

    private bool AnyDependsOnAnother(List<MeansExtension.Mean> means)
    {
        HashSet<string> dependent = [.. means.Select(m => m.Name)];
        foreach (NodeProto node in _graph.Node.Where(n => n.Input.Any(dependent.Contains)))
        {
            dependent.UnionWith(node.Output);
        }
        return means.Any(m => dependent.Contains(m.Of));
    }

    private int[]? AxesOf(NodeProto node) => Attributes.Integers(node, "axes") is { } numbers ? [.. numbers.Select(n => (int)n)]
        : node.Input.Count > 1 ? _sizes.Numbers(node.Input[1]) : null;

    // At the mask's resolution, which smaller logits are resized to.
    private static int Margin(Reach logits)
    {
        Reach mask = logits.Stride == 1 ? logits : logits.Resampled(1 / logits.Stride, 1, halfPixel: true);
        return (int)Math.Ceiling(Math.Max(Math.Max(-mask.First, mask.Last), 0));
    }

    private void Follow(NodeProto node)
    {
        if (node.OpType is "Shape" or "Size" || !(HasGraph(node) || node.Input.Any(_reach.ContainsKey)))
        {
            _sizes.Follow(node, Rank);
            return;
        }
        if (Result(node) is { } result && Aligned(result.Y.Stride) && Aligned(result.X.Stride))
        {
            foreach (string output in node.Output)
            {
                _reach[output] = result;
            }
            return;
        }
        // What sees everything adds nothing to how far the others see.
        _unbounded.Add(node);
    }

    private static bool HasGraph(NodeProto node) => node.Attribute.Any(a => a.G is not null || a.Graphs.Count > 0);

    // Layers of stride 2 and 3 compute alike only every 6 pixels. A layer finer than the input sets no condition.
    private bool Aligned(double stride)
    {
        if (stride < 1)
        {
            return 1 / stride == Math.Floor(1 / stride);
        }
        long whole = (long)stride;
        if (whole != stride)
        {
            return false;
        }
        _stride = _stride / Gcd(_stride, whole) * whole;
        return true;
    }

    private static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    private Axes? Result(NodeProto node)
    {
        if (Operators.IsElementwise(node.OpType) || IsAlongChannels(node))
        {
            return Union(node);
        }
        if (node.Input.Count == 0 || !_reach.TryGetValue(node.Input[0], out Axes data))
        {
            return null;
        }
        return node.OpType switch
        {
            "Conv" => Each(data, Window.Of(node, KernelOf(node)), (r, w) => r.Window(w.Stride, w.Before, w.Extent)),
            "MaxPool" or "AveragePool" or "LpPool" => Each(data, Window.Of(node, Attributes.Integers(node, "kernel_shape")), (r, w) => r.Window(w.Stride, w.Before, w.Extent)),
            "ConvTranspose" => Each(data, Window.Of(node, KernelOf(node)), (r, w) => r.Transposed(w.Stride, w.Before, w.Extent)),
            "Resize" => Resize(node, data),
            "Pad" => Pad(node, data),
            "SpaceToDepth" => Both(data, r => r.Window(Attributes.Integer(node, "blocksize", 1), 0, Attributes.Integer(node, "blocksize", 1) - 1)),
            "DepthToSpace" => Both(data, r => r.Transposed(Attributes.Integer(node, "blocksize", 1), 0, Attributes.Integer(node, "blocksize", 1) - 1)),
            _ => null,
        };
    }

    private long[]? KernelOf(NodeProto node) => Attributes.Integers(node, "kernel_shape")
        ?? (_constants.Shape(node.Input[1]) is { Length: Rank } weight ? weight[2..] : null);

    private static Axes? Each(Axes data, (Window Y, Window X)? windows, Func<Reach, Window, Reach> through) =>
        windows is { } w ? new Axes(through(data.Y, w.Y), through(data.X, w.X)) : null;

    private static Axes Both(Axes data, Func<Reach, Reach> through) => new(through(data.Y), through(data.X));

    private Axes? Union(NodeProto node)
    {
        Axes? all = null;
        foreach (string input in node.Input)
        {
            if (_reach.TryGetValue(input, out Axes one))
            {
                all = all is not { } sum ? one : new Axes(sum.Y.Union(one.Y), sum.X.Union(one.X));
            }
        }
        return all;
    }

    // Whether an operation that has an axis works across channels, each pixel on its own.
    private bool IsAlongChannels(NodeProto node)
    {
        switch (node.OpType)
        {
            case "Concat" or "Softmax" or "LogSoftmax" or "Hardmax" or "ArgMax" or "Split":
                return Attributes.Integer(node, "axis", node.OpType is "ArgMax" or "Split" ? 0 : -1) is 0 or 1 or 1 - Rank;
            case "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceSum" or "ReduceL2" or "ReduceProd" or "ReduceSumSquare"
                or "ReduceLogSumExp":
                int[]? axes = AxesOf(node);
                return axes is { Length: > 0 } && axes.All(a => a is 0 or 1 or 1 - Rank) && Attributes.Integer(node, "keepdims", 1) == 1;
            case "Gather":
                return Attributes.Integer(node, "axis", 0) is 1 or 1 - Rank && _sizes.Numbers(node.Input[1]) is not null;
            case "Slice":
                return node.Input.Count > 3 && _sizes.Numbers(node.Input[3]) is { Length: > 0 } sliced && sliced.All(a => a is 0 or 1 or 1 - Rank);
            default:
                return false;
        }
    }

    private Axes? Resize(NodeProto node, Axes data)
    {
        bool? halfPixel = Attributes.Text(node, "coordinate_transformation_mode", "half_pixel") switch
        {
            "half_pixel" or "pytorch_half_pixel" or "half_pixel_symmetric" => true,
            "asymmetric" => false,
            // Positions that depend on the image's size are others in a tile.
            _ => null,
        };
        if (halfPixel is not { } half || Attributes.Integers(node, "axes") is not null || Attributes.Integer(node, "antialias", 0) != 0)
        {
            return null;
        }
        double taps = Attributes.Text(node, "mode", "nearest") == "cubic" ? 2 : 1;
        double? y = Ratio(node, AxisY, data.Y), x = Ratio(node, AxisX, data.X);
        return y is { } ratioY && x is { } ratioX
            ? new Axes(Resampled(data.Y, ratioY), Resampled(data.X, ratioX))
            : null;

        Reach Resampled(Reach reach, double ratio) => ratio == 1 ? reach : reach.Resampled(ratio, taps, half);
    }

    // Values of the resized tensor between neighbouring values of the result.
    private double? Ratio(NodeProto node, int axis, Reach reach)
    {
        if (node.Input.Count > 2 && node.Input[2] != "" && _sizes.Of(node.Input[2]) is { Length: Rank } scales && scales[axis] is { Tensor: null, Number: > 0 } scale)
        {
            return 1 / scale.Number;
        }
        return node.Input.Count > 3 && _sizes.Of(node.Input[3]) is { Length: Rank } sizes && sizes[axis] is { Tensor: { } like } size
            && size.Axis == axis && _reach.TryGetValue(like, out Axes target)
            ? (axis == AxisY ? target.Y.Stride : target.X.Stride) / reach.Stride
            : null;
    }

    private Axes? Pad(NodeProto node, Axes data)
    {
        int[]? pads = Attributes.Integers(node, "pads") is { } numbers ? [.. numbers.Select(n => (int)n)]
            : node.Input.Count > 1 ? _sizes.Numbers(node.Input[1]) : null;
        // An index of the result is one of the data less the padding, wherever it does not lie in the padding.
        return pads is { Length: 2 * Rank } && node.Input.Count < 4
            ? new Axes(data.Y.Window(1, pads[AxisY], 0), data.X.Window(1, pads[AxisX], 0))
            : null;
    }

    /// <summary>A tensor's reach along its two axes.</summary>
    private readonly record struct Axes(Reach Y, Reach X);
}
