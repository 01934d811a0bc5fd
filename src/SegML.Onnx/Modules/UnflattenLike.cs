using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>
/// Gives a sequence the spatial dimensions of another tensor again, as a module, so that an export can see it: after attention over the
/// positions of an image, at any image size.
/// </summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Shape</c> and <c>Reshape</c>.</remarks>
public sealed class UnflattenLike : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public UnflattenLike() : base(nameof(UnflattenLike))
    {
    }

    /// <summary>Reshapes the last dimension. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input"><c>[N, C, H * W]</c>; permute <c>[N, L, C]</c> first.</param>
    /// <param name="like"><c>[N, any, H, W]</c>; only its size counts.</param>
    /// <returns><c>[N, C, H, W]</c>, the same memory where possible.</returns>
    public override Tensor forward(Tensor input, Tensor like) => input.reshape([input.shape[0], input.shape[1], .. like.shape[2..]]);
}
