using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>
/// Two tensors joined along one dimension, as a module, so that an export can see it (skip connections). A bare
/// <c>torch.cat</c> between two modules leaves no trace.
/// </summary>
/// <remarks>Has no parameters and no state. ONNX: <c>Concat</c>.</remarks>
public sealed class Concat : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    /// <param name="dim">The dimension to join along; 1, the channels of <c>[N, C, H, W]</c>, unless given. Negative counts from the end.</param>
    public Concat(long dim = 1) : base(nameof(Concat)) => Dim = dim;

    /// <summary>The dimension that the tensors are joined along. Negative counts from the end.</summary>
    public long Dim { get; }

    /// <summary>Joins two tensors. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="first">Comes first along <see cref="Dim"/>.</param>
    /// <param name="second">Has the size of <paramref name="first"/> in every other dimension.</param>
    /// <returns>A new tensor.</returns>
    public override Tensor forward(Tensor first, Tensor second) => cat([first, second], Dim);
}
