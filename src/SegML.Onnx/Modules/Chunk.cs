using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>A tensor cut into equal parts along one dimension, as a module, so that an export can see it (gates, query-key-value).</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Split</c>.</remarks>
public sealed class Chunk : nn.Module<Tensor, Tensor[]>
{
    /// <summary>Creates the module.</summary>
    /// <param name="parts">The number of parts, at least 1.</param>
    /// <param name="dim">The dimension to cut along; 1, the channels of <c>[N, C, H, W]</c>, unless given. Negative counts from the end.</param>
    public Chunk(int parts, long dim = 1) : base(nameof(Chunk))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        Parts = parts;
        Dim = dim;
    }

    /// <summary>The number of parts.</summary>
    public int Parts { get; }

    /// <summary>The dimension that the tensor is cut along. Negative counts from the end.</summary>
    public long Dim { get; }

    /// <summary>Cuts. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape whose size along <see cref="Dim"/> is a multiple of <see cref="Parts"/>.</param>
    /// <returns>The parts in order, views of the input.</returns>
    /// <exception cref="ArgumentException">The parts would not be of one size.</exception>
    public override Tensor[] forward(Tensor input)
    {
        long size = input.shape[Dim < 0 ? Dim + input.dim() : Dim];
        return size % Parts == 0 ? input.chunk(Parts, Dim) : throw new ArgumentException($"A size of {size} cannot be cut into {Parts} equal parts.", nameof(input));
    }
}
