using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The product of two tensors, element by element (channel attention, gates), as a module, so that an export can see it.</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Mul</c>.</remarks>
public sealed class Mul : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public Mul() : base(nameof(Mul))
    {
    }

    /// <summary>Computes <c>left * right</c>. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">A shape that broadcasts against <paramref name="left"/>.</param>
    /// <returns>A new tensor of the broadcast shape.</returns>
    public override Tensor forward(Tensor left, Tensor right) => left.mul(right);
}
