using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The mean over some dimensions, as a module, so that an export can see it (global pooling).</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>ReduceMean</c>.</remarks>
public sealed class Mean : nn.Module<Tensor, Tensor>
{
    private readonly long[] _dims;

    /// <summary>Creates the module.</summary>
    /// <param name="dims">The dimensions, negative from the end; at least one.</param>
    /// <param name="keepDims">Whether they stay, with size 1.</param>
    public Mean(long[] dims, bool keepDims = false) : base(nameof(Mean))
    {
        ArgumentNullException.ThrowIfNull(dims);
        ArgumentOutOfRangeException.ThrowIfZero(dims.Length, nameof(dims));
        _dims = [.. dims];
        KeepDims = keepDims;
    }

    /// <summary>The dimensions, negative from the end.</summary>
    public IReadOnlyList<long> Dims => _dims;

    /// <summary>Whether they stay, with size 1.</summary>
    public bool KeepDims { get; }

    /// <summary>Computes the mean. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape that has the dimensions.</param>
    /// <returns>A new tensor.</returns>
    public override Tensor forward(Tensor input) => input.mean(_dims, KeepDims);
}
