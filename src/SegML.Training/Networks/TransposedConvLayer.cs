using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// A transposed 2-D convolution of stride 2, which doubles height and width. While training it computes in its input's precision, so
/// in 16 bits after a <see cref="ConvLayer"/> that does; its weights stay float32.
/// </summary>
internal sealed class TransposedConvLayer : nn.Module<Tensor, Tensor>
{
    private readonly ConvTranspose2d conv;
    private readonly long _padding;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel in pixels: 2 or 3.</param>
    public TransposedConvLayer(long inChannels, long outChannels, long kernel) : base(nameof(TransposedConvLayer))
    {
        _padding = kernel - 2;
        conv = nn.ConvTranspose2d(inChannels, outChannels, kernel, stride: 2, padding: _padding, output_padding: _padding);
        RegisterComponents();
    }

    /// <summary>Makes the layer a head: see <see cref="ConvLayer.Head"/>.</summary>
    public TransposedConvLayer StartAsHead()
    {
        using (no_grad())
        {
            nn.init.normal_(conv.weight!, 0, ConvLayer.HeadGain / Math.Sqrt(conv.weight!.shape[0]));
            nn.init.zeros_(conv.bias!);
        }
        return this;
    }

    /// <summary>The bias, [outChannels].</summary>
    public Tensor Bias => conv.bias!;

    /// <param name="input">[N, inChannels, H, W].</param>
    /// <returns>[N, outChannels, 2 H, 2 W].</returns>
    public override Tensor forward(Tensor input)
    {
        if (input.dtype == ScalarType.Float32)
        {
            return conv.call(input);
        }
        using DisposeScope scope = NewDisposeScope();
        // Not in bfloat16 on the CPU: see ConvLayer.
        ScalarType type = input.device_type == DeviceType.CPU && input.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : input.dtype;
        return nn.functional.conv_transpose2d(input.to_type(type), conv.weight!.to_type(type), conv.bias!.to_type(type),
            [2, 2], [_padding, _padding], [_padding, _padding], [1, 1]).to_type(input.dtype).MoveToOuterDisposeScope();
    }
}
