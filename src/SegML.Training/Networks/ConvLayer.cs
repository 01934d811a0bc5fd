using SegML.Pipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// A 2-D convolution that can compute in bfloat16 while training. Its weights stay float32: they and the input are cast
/// inside <see cref="forward"/>, so that gradients and updates lose nothing. In evaluation mode it is an ordinary
/// <see cref="Conv2d"/>, which is what an export sees.
/// </summary>
public sealed class ConvLayer : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly long _stride, _padding, _dilation;

    /// <summary>Creates the layer. The padding is dilation * (kernel / 2): with stride 1 the size stays.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel in pixels, odd.</param>
    /// <param name="stride">Pixels between outputs; the output has ceil(size / stride) pixels a side.</param>
    /// <param name="dilation">Pixels between the kernel's taps.</param>
    /// <param name="bias">Whether a bias is added; pointless before a batch norm.</param>
    public ConvLayer(long inChannels, long outChannels, long kernel, long stride = 1, long dilation = 1, bool bias = false)
        : base(nameof(ConvLayer))
    {
        _stride = stride;
        _dilation = dilation;
        _padding = dilation * (kernel / 2);
        conv = nn.Conv2d(inChannels, outChannels, kernel, stride, _padding, dilation, bias: bias);
        using (no_grad())
        {
            // He et al. 2015: keeps the variance through layers of ReLU.
            nn.init.kaiming_normal_(conv.weight!, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
            if (conv.bias is not null)
            {
                nn.init.zeros_(conv.bias);
            }
        }
        RegisterComponents();
    }

    /// <summary>Whether <see cref="forward"/> computes in bfloat16 while training. Default false.</summary>
    public bool BFloat16 { get; set; }

    /// <summary>The bias, [outChannels]; null where there is none.</summary>
    internal Tensor? Bias => conv.bias;

    /// <summary>Sets the precision of all convolutions of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="precision">Resolved: <see cref="Precision.Auto"/> counts as <see cref="Precision.Float32"/>.</param>
    public static void SetPrecision(nn.Module network, Precision precision)
    {
        ArgumentNullException.ThrowIfNull(network);
        foreach (nn.Module module in network.modules())
        {
            if (module is ConvLayer layer)
            {
                layer.BFloat16 = precision == Precision.BFloat16;
            }
        }
    }

    /// <summary>Convolves.</summary>
    /// <param name="input">[N, inChannels, H, W].</param>
    /// <returns>[N, outChannels, ceil(H / stride), ceil(W / stride)]; bfloat16 while training in that precision.</returns>
    public override Tensor forward(Tensor input)
    {
        if (!training || !BFloat16)
        {
            return conv.call(input);
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor? bias = conv.bias?.to_type(ScalarType.BFloat16);
        return nn.functional.conv2d(input.to_type(ScalarType.BFloat16), conv.weight!.to_type(ScalarType.BFloat16), bias,
            [_stride, _stride], [_padding, _padding], [_dilation, _dilation]).MoveToOuterDisposeScope();
    }
}
