using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>A dimension of size 1 taken away, as a module, so that an export can see it.</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Squeeze</c>.</remarks>
public sealed class Squeeze : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="dim">The dimension, of size 1; negative counts from the end.</param>
    public Squeeze(long dim) : base(nameof(Squeeze)) => Dim = dim;

    /// <summary>The dimension, of size 1; negative counts from the end.</summary>
    public long Dim { get; }

    /// <summary>Changes the shape. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape that has the dimension.</param>
    /// <returns>A view of the input.</returns>
    public override Tensor forward(Tensor input) => input.squeeze(Dim);
}
