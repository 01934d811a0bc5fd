using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Modules;

/// <summary>
/// Bilinear resampling of one tensor to the height and width of another, as a module, so that an export can see it.
/// Decoders need it in place of a fixed scale: 75 rows halved are 38, and 38 doubled are 76.
/// </summary>
/// <remarks>
/// Pixel centres lie at half coordinates (<c>align_corners: false</c>). Has no parameters and no state. ONNX: <c>Shape</c> and
/// <c>Resize</c> with sizes, exact at every size.
/// </remarks>
public sealed class ResizeLike : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the module.</summary>
    public ResizeLike() : base(nameof(ResizeLike))
    {
    }

    /// <summary>Resamples a tensor. Call the module through <c>call</c>; <c>forward</c> runs no hooks.</summary>
    /// <param name="input">What to resample: <c>[N, C, h, w]</c>.</param>
    /// <param name="reference">Gives the size, and only that: <c>[..., H, W]</c>.</param>
    /// <returns><c>[N, C, H, W]</c>, a new tensor; of the input's values where the sizes are equal.</returns>
    public override Tensor forward(Tensor input, Tensor reference)
    {
        long[] size = [reference.shape[^2], reference.shape[^1]];
        using DisposeScope scope = NewDisposeScope();
        Tensor output = nn.functional.interpolate(input, size, mode: InterpolationMode.Bilinear, align_corners: false);
        // What is enlarged from a single pixel is in no certain order in memory, and libtorch 2.10 computes some convolutions wrongly in one of them.
        bool turns = IsChannelsLast(reference) && !IsChannelsLast(output);
        return (turns ? output.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : output).MoveToOuterDisposeScope();
    }

    private static bool IsChannelsLast(Tensor tensor) => tensor.dim() == 4 && tensor.stride(3) == tensor.shape[1];
}
