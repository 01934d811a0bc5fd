using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The matrix product of two tensors (attention) as a module, so that an export can see it.</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>MatMul</c>.</remarks>
public sealed class MatMul : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public MatMul() : base(nameof(MatMul))
    {
    }

    /// <summary>Computes <c>left @ right</c>. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="left">Matrices in the last two dimensions: <c>[..., a, b]</c>.</param>
    /// <param name="right"><c>[..., b, c]</c>; the dimensions before broadcast.</param>
    /// <returns>A new tensor, <c>[..., a, c]</c>.</returns>
    /// <exception cref="ArgumentException">The matrices do not fit.</exception>
    public override Tensor forward(Tensor left, Tensor right)
    {
        // TorchSharp 0.107 lets this operation's native exception end the process.
        long[] a = left.shape, b = right.shape;
        if (a.Length < 2 || b.Length < 2 || a[^1] != b[^2] || !a[..^2].Reverse().Zip(b[..^2].Reverse(), (x, y) => x == y || x == 1 || y == 1).All(fits => fits))
        {
            throw new ArgumentException($"Matrices [{string.Join(", ", a)}] and [{string.Join(", ", b)}] do not fit.");
        }
        return left.matmul(right);
    }
}
