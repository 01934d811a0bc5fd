using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="UNet"/>: <c>"network": { "name": "unet", "options": { "width": 32, "depth": 4 } }</c>.</summary>
public sealed record UNetOptions
{
    /// <summary>Channels at full resolution; each step down doubles them. 4 to 128. Default 16 (Ronneberger et al. use 64).</summary>
    public int Width { get; init; } = 16;

    /// <summary>Steps down, each halving the resolution. 1 to 6. Default 4, as in the paper.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>What follows each convolution but the last. Default <see cref="Activation.Relu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Share of the values before the last convolution that training drops at random, 0 to below 1. Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "unet" (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597), with batch norm and padded convolutions, so that
/// the output has the input's size. It pools 3x3 with padding, which unlike 2x2 is defined down to one pixel, and
/// enlarges bilinearly to the skip's own size, which is exact at odd sizes.
/// </summary>
public sealed class UNet : SegmentationNetwork
{
    private readonly int[] _stages;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> down = [], reduce = [], up = [];
    private readonly MaxPool2d pool = nn.MaxPool2d(3, stride: 2, padding: 1);
    private readonly ResizeLike resize = new();
    private readonly Concat concat = new();
    private readonly ConvLayer head;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public UNet(int classes, UNetOptions? options = null, int channels = 3) : base("unet", options?.Dropout ?? 0)
    {
        options ??= new UNetOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.Width is < 4 or > 128 || options.Depth is < 1 or > 6)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"width {options.Width} is not 4 to 128 or depth {options.Depth} not 1 to 6");
        }
        for (int level = 0; level <= options.Depth; level++)
        {
            long features = (long)options.Width << level;
            down.Add(TwoConvolutions(level == 0 ? channels : features / 2, features, options.Activation));
            if (level < options.Depth)
            {
                reduce.Add(new ConvNorm(2 * features, features, 1, activation: options.Activation));
                up.Add(TwoConvolutions(2 * features, features, options.Activation));
            }
        }
        _stages = [.. Enumerable.Range(1, options.Depth).Reverse().Select(level => options.Width << level)];
        head = ConvLayer.Head(options.Width, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 1 << up.Count;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image) => CoarseLogits(image, null);

    /// <inheritdoc/>
    public override IReadOnlyList<int> StageChannels => _stages;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image, IList<Tensor>? stages)
    {
        using DisposeScope scope = NewDisposeScope();
        var skips = new Stack<Tensor>();
        Tensor x = down[0].call(image);
        for (int level = 1; level < down.Count; level++)
        {
            skips.Push(x);
            x = down[level].call(pool.call(x));
        }
        for (int level = up.Count - 1; level >= 0; level--)
        {
            Tensor skip = skips.Pop();
            x = up[level].call(concat.call(skip, resize.call(reduce[level].call(Stage(x, stages)), skip)));
        }
        return head.call(Drop(x)).MoveToOuterDisposeScope();
    }

    private static Sequential TwoConvolutions(long inChannels, long outChannels, Activation activation) =>
        nn.Sequential(new ConvNorm(inChannels, outChannels, 3, activation: activation), new ConvNorm(outChannels, outChannels, 3, activation: activation));
}
