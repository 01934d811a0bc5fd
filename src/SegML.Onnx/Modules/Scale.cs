using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>The product with a number, as a module, so that an export can see it (attention scores).</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Mul</c>.</remarks>
public sealed class Scale : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="factor">The number.</param>
    public Scale(double factor) : base(nameof(Scale)) => Factor = factor;

    /// <summary>The number that tensors are multiplied by.</summary>
    public double Factor { get; }

    /// <summary>Multiplies. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape.</param>
    /// <returns>A new tensor.</returns>
    public override Tensor forward(Tensor input) => input.mul(Factor);
}
