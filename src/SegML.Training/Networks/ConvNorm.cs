using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Convolution, batch norm and (by default) an activation: the block that the networks are built of.</summary>
public sealed class ConvNorm : nn.Module<Tensor, Tensor>
{
    private readonly ConvLayer conv;
    private readonly BatchNorm2d norm;
    private readonly nn.Module<Tensor, Tensor>? activate;

    /// <summary>Creates the brick.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel in pixels, odd.</param>
    /// <param name="stride">Pixels between outputs.</param>
    /// <param name="dilation">Pixels between the kernel's taps.</param>
    /// <param name="activation">What follows; null: nothing.</param>
    /// <param name="groups">Parts of the channels that are convolved apart.</param>
    public ConvNorm(long inChannels, long outChannels, long kernel, long stride = 1, long dilation = 1, Activation? activation = Activation.Relu, long groups = 1)
        : base(nameof(ConvNorm))
    {
        conv = new ConvLayer(inChannels, outChannels, kernel, stride, dilation, groups: groups);
        norm = nn.BatchNorm2d(outChannels);
        activate = activation?.Create();
        RegisterComponents();
    }

    /// <summary>Makes the batch norm's scale 0, so that a residual block begins as the identity (Goyal et al. 2017).</summary>
    internal ConvNorm StartAtZero()
    {
        using (no_grad())
        {
            nn.init.zeros_(norm.weight!);
        }
        return this;
    }

    /// <summary>Computes the brick.</summary>
    /// <param name="input">[N, inChannels, H, W].</param>
    /// <returns>[N, outChannels, ceil(H / stride), ceil(W / stride)].</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = norm.call(conv.call(input));
        return (activate is null ? output : activate.call(output)).MoveToOuterDisposeScope();
    }
}
