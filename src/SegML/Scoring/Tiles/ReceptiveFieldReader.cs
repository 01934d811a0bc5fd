namespace SegML.Scoring.Tiles;

/// <summary>
/// Computes a network's receptive field from its graph: follows every operation from the input to the logits, over all
/// paths at once. An operation that is not known to look at a bounded neighbourhood counts as one that sees everything.
/// </summary>
internal sealed class ReceptiveFieldReader
{
    private const int Rank = 4, AxisY = 2, AxisX = 3;

    private readonly Dictionary<string, Axes> _reach = [];
    private readonly OnnxGraph _graph;
    private readonly SizeValues _sizes;
    private long _stride = 1;
    private bool _hasReach = true;
    private readonly List<OnnxNode> _unbounded = [];

    private ReceptiveFieldReader(OnnxGraph graph)
    {
        _graph = graph;
        _sizes = new SizeValues(graph);
    }

    /// <summary>Reads it from an ONNX file's content.</summary>
    /// <param name="model">The file.</param>
    /// <param name="input">The input's name, [N, C, H, W].</param>
    /// <param name="output">The output's name, [N, C, h, w]; resized bilinearly to H, W where it is smaller.</param>
    /// <exception cref="InvalidDataException">The file is not an ONNX model.</exception>
    public static ReceptiveField Read(ReadOnlySpan<byte> model, string input, string output) =>
        new ReceptiveFieldReader(OnnxGraph.Read(model)).Follow(input, output);

    /// <summary>
    /// The means over the whole image by which alone a network sees beyond its margin; null where there are none, or it
    /// also sees beyond by other operations, or one mean depends on another.
    /// </summary>
    /// <inheritdoc cref="Read" path="/param"/>
    public static IReadOnlyList<GlobalMeans.Mean>? ReadMeans(ReadOnlySpan<byte> model, string input, string output)
    {
        var reader = new ReceptiveFieldReader(OnnxGraph.Read(model));
        reader.Follow(input, output);
        var means = new List<GlobalMeans.Mean>();
        foreach (OnnxNode node in reader._unbounded)
        {
            if (!reader.IsGlobalMean(node) || !reader._reach.TryGetValue(node.Inputs[0], out Axes of)
                || of.Y.Stride != of.X.Stride || of.Y.Stride < 1)
            {
                return null;
            }
            means.Add(new GlobalMeans.Mean(node.Inputs[0], (int)of.Y.Stride, node.Outputs[0]));
        }
        return means.Count > 0 && reader._hasReach && !reader.AnyDependsOnAnother(means) ? means : null;
    }

    private bool IsGlobalMean(OnnxNode node) => node.Operator == "GlobalAveragePool"
        || (node.Operator == "ReduceMean" && node.Number("keepdims", 1) == 1 && AxesOf(node) is [2, 3] or [-2, -1]);

    private bool AnyDependsOnAnother(List<GlobalMeans.Mean> means)
    {
        HashSet<string> dependent = [.. means.Select(m => m.Name)];
        foreach (OnnxNode node in _graph.Nodes)
        {
            if (node.Inputs.Any(dependent.Contains))
            {
                dependent.UnionWith(node.Outputs);
            }
        }
        return means.Any(m => dependent.Contains(m.Of));
    }

    private int[]? AxesOf(OnnxNode node) => node.Numbers("axes") is { } numbers ? [.. numbers.Select(n => (int)n)]
        : node.Inputs.Count > 1 ? _sizes.Numbers(node.Inputs[1]) : null;

    private ReceptiveField Follow(string input, string output)
    {
        _reach[input] = new Axes(Reach.Input, Reach.Input);
        foreach (OnnxNode node in _graph.Nodes)
        {
            Follow(node);
        }
        int margin = 0;
        if (_reach.TryGetValue(output, out Axes logits))
        {
            margin = Math.Max(Margin(logits.Y), Margin(logits.X));
        }
        else
        {
            _hasReach = false;
        }
        return new ReceptiveField
        {
            Margin = margin,
            Stride = (int)Math.Min(_stride, int.MaxValue),
            UnboundedBy = _unbounded.FirstOrDefault()?.Operator ?? (_hasReach ? null : "its output"),
        };
    }

    // At the mask's resolution, which smaller logits are resized to.
    private static int Margin(Reach logits)
    {
        Reach mask = logits.Stride == 1 ? logits : logits.Resampled(1 / logits.Stride, 1, halfPixel: true);
        return (int)Math.Ceiling(Math.Max(Math.Max(-mask.First, mask.Last), 0));
    }

    private void Follow(OnnxNode node)
    {
        if (node.Operator is "Shape" or "Size" || !(node.HasGraph || node.Inputs.Any(_reach.ContainsKey)))
        {
            _sizes.Follow(node, Rank);
            return;
        }
        if (Result(node) is { } result && Aligned(result.Y.Stride) && Aligned(result.X.Stride))
        {
            foreach (string output in node.Outputs)
            {
                _reach[output] = result;
            }
            return;
        }
        // What sees everything adds nothing to how far the others see.
        _unbounded.Add(node);
    }

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

    private Axes? Result(OnnxNode node)
    {
        if (Operators.IsElementwise(node.Operator) || IsAlongChannels(node))
        {
            return Union(node);
        }
        if (node.Inputs.Count == 0 || !_reach.TryGetValue(node.Inputs[0], out Axes data))
        {
            return null;
        }
        return node.Operator switch
        {
            "Conv" => Each(data, Window.Of(node, KernelOf(node)), (r, w) => r.Window(w.Stride, w.Before, w.Extent)),
            "MaxPool" or "AveragePool" or "LpPool" => Each(data, Window.Of(node, node.Numbers("kernel_shape")), (r, w) => r.Window(w.Stride, w.Before, w.Extent)),
            "ConvTranspose" => Each(data, Window.Of(node, KernelOf(node)), (r, w) => r.Transposed(w.Stride, w.Before, w.Extent)),
            "Resize" => Resize(node, data),
            "Pad" => Pad(node, data),
            "SpaceToDepth" => Both(data, r => r.Window(node.Number("blocksize", 1), 0, node.Number("blocksize", 1) - 1)),
            "DepthToSpace" => Both(data, r => r.Transposed(node.Number("blocksize", 1), 0, node.Number("blocksize", 1) - 1)),
            _ => null,
        };
    }

    private long[]? KernelOf(OnnxNode node) => node.Numbers("kernel_shape")
        ?? (_graph.Constants.TryGetValue(node.Inputs[1], out OnnxTensor? weight) && weight.Shape.Length == Rank ? weight.Shape[2..] : null);

    private static Axes? Each(Axes data, (Window Y, Window X)? windows, Func<Reach, Window, Reach> through) =>
        windows is { } w ? new Axes(through(data.Y, w.Y), through(data.X, w.X)) : null;

    private static Axes Both(Axes data, Func<Reach, Reach> through) => new(through(data.Y), through(data.X));

    private Axes? Union(OnnxNode node)
    {
        Axes? all = null;
        foreach (string input in node.Inputs)
        {
            if (_reach.TryGetValue(input, out Axes one))
            {
                all = all is not { } sum ? one : new Axes(sum.Y.Union(one.Y), sum.X.Union(one.X));
            }
        }
        return all;
    }

    // Whether an operation that has an axis works across channels, each pixel on its own.
    private bool IsAlongChannels(OnnxNode node)
    {
        switch (node.Operator)
        {
            case "Concat" or "Softmax" or "LogSoftmax" or "Hardmax" or "ArgMax" or "Split":
                return node.Number("axis", node.Operator is "ArgMax" or "Split" ? 0 : -1) is 0 or 1 or 1 - Rank;
            case "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceSum" or "ReduceL2" or "ReduceProd" or "ReduceSumSquare"
                or "ReduceLogSumExp":
                int[]? axes = AxesOf(node);
                return axes is { Length: > 0 } && axes.All(a => a is 0 or 1 or 1 - Rank) && node.Number("keepdims", 1) == 1;
            case "Gather":
                return node.Number("axis", 0) is 1 or 1 - Rank && _sizes.Numbers(node.Inputs[1]) is not null;
            case "Slice":
                return node.Inputs.Count > 3 && _sizes.Numbers(node.Inputs[3]) is { Length: > 0 } sliced && sliced.All(a => a is 0 or 1 or 1 - Rank);
            default:
                return false;
        }
    }

    private Axes? Resize(OnnxNode node, Axes data)
    {
        bool? halfPixel = node.Text("coordinate_transformation_mode", "half_pixel") switch
        {
            "half_pixel" or "pytorch_half_pixel" or "half_pixel_symmetric" => true,
            "asymmetric" => false,
            // Positions that depend on the image's size are others in a tile.
            _ => null,
        };
        if (halfPixel is not { } half || node.Numbers("axes") is not null || node.Number("antialias", 0) != 0)
        {
            return null;
        }
        double taps = node.Text("mode", "nearest") == "cubic" ? 2 : 1;
        double? y = Ratio(node, AxisY, data.Y), x = Ratio(node, AxisX, data.X);
        return y is { } ratioY && x is { } ratioX
            ? new Axes(Resampled(data.Y, ratioY), Resampled(data.X, ratioX))
            : null;

        Reach Resampled(Reach reach, double ratio) => ratio == 1 ? reach : reach.Resampled(ratio, taps, half);
    }

    // Values of the resized tensor between neighbouring values of the result.
    private double? Ratio(OnnxNode node, int axis, Reach reach)
    {
        if (node.Inputs.Count > 2 && node.Inputs[2] != "" && _sizes.Of(node.Inputs[2]) is { Length: Rank } scales && scales[axis] is { Tensor: null, Number: > 0 } scale)
        {
            return 1 / scale.Number;
        }
        return node.Inputs.Count > 3 && _sizes.Of(node.Inputs[3]) is { Length: Rank } sizes && sizes[axis] is { Tensor: { } like } size
            && size.Axis == axis && _reach.TryGetValue(like, out Axes target)
            ? (axis == AxisY ? target.Y.Stride : target.X.Stride) / reach.Stride
            : null;
    }

    private Axes? Pad(OnnxNode node, Axes data)
    {
        int[]? pads = node.Numbers("pads") is { } numbers ? [.. numbers.Select(n => (int)n)]
            : node.Inputs.Count > 1 ? _sizes.Numbers(node.Inputs[1]) : null;
        // An index of the result is one of the data less the padding, wherever it does not lie in the padding.
        return pads is { Length: 2 * Rank } && node.Inputs.Count < 4
            ? new Axes(data.Y.Window(1, pads[AxisY], 0), data.X.Window(1, pads[AxisX], 0))
            : null;
    }

    /// <summary>A tensor's reach along its two axes.</summary>
    private readonly record struct Axes(Reach Y, Reach X);
}
