using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>A tensor of a traced run: its shape and type, not its content.</summary>
public sealed class TracedTensor
{
    internal TracedTensor(Tensor tensor, Tensor? constant = null, string name = "")
        : this(tensor.shape, tensor.dtype, tensor.is_sparse ? [] : tensor.stride())
    {
        Constant = constant;
        Name = name;
    }

    internal TracedTensor(long[] shape, ScalarType type, long[] strides)
    {
        Shape = shape;
        Type = type;
        Strides = strides;
        Sizes = [shape];
    }

    /// <summary>The tensor's name in the ONNX graph.</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The shape at the example input. Only the rank and the channel count hold for other inputs.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Count;

    /// <summary>The element type.</summary>
    public ScalarType Type { get; }

    /// <summary>The parameter or buffer behind it, when a module or an operation reads one directly (a position embedding given to Add).</summary>
    internal Tensor? Constant { get; }

    /// <summary>How far apart in memory neighbours along each dimension are, in elements.</summary>
    internal long[] Strides { get; }

    /// <summary>The shapes in all runs of a probe, the example's first.</summary>
    internal IReadOnlyList<IReadOnlyList<long>> Sizes { get; set; }

    /// <summary>The tensor whose memory this one is a view of; null when it has memory of its own.</summary>
    internal TracedTensor? ViewOf { get; init; }

    /// <summary>The tensor whose memory it lies in: itself, or what it is a view of, at the end.</summary>
    internal TracedTensor Root => ViewOf?.Root ?? this;
}
