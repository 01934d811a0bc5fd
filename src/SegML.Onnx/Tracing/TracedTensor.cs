using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>A tensor of a traced run: its shape and type, not its content.</summary>
public sealed class TracedTensor
{
    private readonly Tensor? _constant;
    private readonly string _constantName = "";
    private bool _isOverwritten;

    internal TracedTensor(Tensor tensor, Tensor? constant = null, string name = "")
        : this(tensor.shape, tensor.dtype, tensor.is_sparse ? [] : tensor.stride())
    {
        _constant = constant;
        _constantName = name;
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
    internal Tensor? Constant => _isOverwritten ? null : _constant;

    /// <summary>Whether it is a constant that the module may write to: a buffer, or a tensor in a field.</summary>
    internal bool IsState { get; init; }

    /// <summary>From now on its value is computed: it has been written to.</summary>
    internal void Overwrite() => _isOverwritten = true;

    /// <summary>A graph is written from the beginning: what is overwritten in it is not yet.</summary>
    internal void Begin()
    {
        if (_isOverwritten)
        {
            (_isOverwritten, Name) = (false, _constantName);
        }
    }

    /// <summary>How far apart in memory neighbours along each dimension are, in elements.</summary>
    internal long[] Strides { get; }

    /// <summary>The shapes in all runs of a probe, the example's first.</summary>
    internal IReadOnlyList<IReadOnlyList<long>> Sizes { get; set; }

    /// <summary>The tensor whose memory this one is a view of; null when it has memory of its own.</summary>
    internal TracedTensor? ViewOf { get; init; }

    /// <summary>The tensor whose memory it lies in: itself, or what it is a view of, at the end.</summary>
    internal TracedTensor Root => ViewOf?.Root ?? this;
}
