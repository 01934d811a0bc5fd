using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>
/// The sum of two tensors as a module, so that an export can see it: <c>y = left + right</c>, of any shapes that broadcast
/// (residual connections, attention gates). A bare <c>a + b</c> between two modules leaves no trace.
/// </summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Add</c>.</remarks>
public sealed class Add : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public Add() : base(nameof(Add))
    {
    }

    /// <summary>Adds two tensors. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">A shape that broadcasts against <paramref name="left"/>.</param>
    /// <returns>The sum, a new tensor of the broadcast shape.</returns>
    public override Tensor forward(Tensor left, Tensor right) => left.add(right);
}
