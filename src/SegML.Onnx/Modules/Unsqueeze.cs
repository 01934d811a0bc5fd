using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>A dimension of size 1 put in, as a module, so that an export can see it.</summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Unsqueeze</c>.</remarks>
public sealed class Unsqueeze : nn.Module<Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="dim">Where the new dimension is; negative counts from the end of the result.</param>
    public Unsqueeze(long dim) : base(nameof(Unsqueeze)) => Dim = dim;

    /// <summary>Where the new dimension is; negative counts from the end of the result.</summary>
    public long Dim { get; }

    /// <summary>Changes the shape. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">Any shape that has the dimension.</param>
    /// <returns>A view of the input.</returns>
    public override Tensor forward(Tensor input) => input.unsqueeze(Dim);
}
