using static TorchSharp.torch;

namespace SegML.Onnx.Tracing;

/// <summary>A tensor that passed between modules while a module was traced: its shape and type, not its content.</summary>
public sealed class TracedTensor
{
    internal TracedTensor(Tensor tensor, Tensor? constant = null, string name = "")
    {
        Shape = tensor.shape;
        Type = tensor.dtype;
        Constant = constant;
        Name = name;
    }

    /// <summary>The tensor's name in the ONNX graph.</summary>
    public string Name { get; internal set; }

    /// <summary>The shape at the example input. Only the rank and the channel count hold for other inputs.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Count;

    /// <summary>The element type.</summary>
    public ScalarType Type { get; }

    /// <summary>The parameter or buffer behind it, when a module reads one directly (a position embedding given to Add).</summary>
    internal Tensor? Constant { get; }
}
