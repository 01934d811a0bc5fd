using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The difference of two tensors as a module, so that an export can see it.</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Sub</c>.</remarks>
public sealed class Sub : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public Sub() : base(nameof(Sub))
    {
    }

    /// <summary>Computes <c>left - right</c>. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="left">Any shape.</param>
    /// <param name="right">A shape that broadcasts against <paramref name="left"/>.</param>
    /// <returns>A new tensor of the broadcast shape.</returns>
    public override Tensor forward(Tensor left, Tensor right) => left.sub(right);
}
