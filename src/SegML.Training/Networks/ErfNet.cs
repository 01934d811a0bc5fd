using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="ErfNet"/>: <c>"network": { "name": "erfnet", "options": { "width": 16 } }</c>.</summary>
public sealed record ErfNetOptions
{
    /// <summary>Channels at 1/2 resolution; 1/4 has 4 and 1/8 has 8 times as many. 8 to 64. Default 16, as in the paper.</summary>
    public int Width { get; init; } = 16;

    /// <summary>Share of the 1/8 features' channels that training drops at random, 0 to below 1. Default 0.3, as in the paper; 1/4 drops a tenth of it.</summary>
    public double Dropout { get; init; } = 0.3;
}

/// <summary>
/// "erfnet" (Romera et al. 2018, https://doi.org/10.1109/TITS.2017.2750080): residual blocks of 3x1 and 1x3 convolutions, dilated
/// 2 to 16 at 1/8 resolution, and a decoder of transposed convolutions without skips. 2.06 million parameters.
/// </summary>
public sealed class ErfNet : SegmentationNetwork
{
    private static readonly int[] Dilations = [2, 4, 8, 16, 2, 4, 8, 16];
    private readonly Sequential encoder, decoder;
    private readonly TransposedConvLayer head;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, 1 to 7: fewer than any width. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ErfNet(int classes, ErfNetOptions? options = null, int channels = 3) : base("erfnet")
    {
        options ??= new ErfNetOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, 7);
        if (options.Width is < 8 or > 64 || !(options.Dropout >= 0 && options.Dropout < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"width {options.Width} is not 8 to 64 or dropout {options.Dropout} not from 0 to below 1");
        }
        int c2 = options.Width, c4 = 4 * c2, c8 = 8 * c2;
        encoder = nn.Sequential([
            new Downsampler(channels, c2),
            new Downsampler(c2, c4),
            .. Enumerable.Range(0, 5).Select(_ => new FactorizedBlock(c4, 1, options.Dropout / 10)),
            new Downsampler(c4, c8),
            .. Dilations.Select(d => new FactorizedBlock(c8, d, options.Dropout))]);
        decoder = nn.Sequential(
            new Upsampler(c8, c4), new FactorizedBlock(c4), new FactorizedBlock(c4),
            new Upsampler(c4, c2), new FactorizedBlock(c2), new FactorizedBlock(c2));
        head = new TransposedConvLayer(c2, classes, 2).StartAsHead();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 8;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias;

    /// <inheritdoc/>
    public override nn.Module? Encoder => encoder;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        return head.call(decoder.call(encoder.call(image))).MoveToOuterDisposeScope();
    }

    /// <summary>Halves the resolution by a convolution and a pooling side by side.</summary>
    private sealed class Downsampler : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer conv;
        private readonly MaxPool2d pool = nn.MaxPool2d(2, stride: 2, ceil_mode: true);
        private readonly Concat concat = new();
        private readonly BatchNorm2d norm;
        private readonly ReLU relu = nn.ReLU();

        public Downsampler(long inChannels, long outChannels) : base(nameof(Downsampler))
        {
            conv = new ConvLayer(inChannels, outChannels - inChannels, 3, stride: 2, bias: true);
            norm = nn.BatchNorm2d(outChannels, eps: 1e-3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor convolved = conv.call(input);
            // The first pooling is of the image itself, which is float32 in every precision.
            Tensor pooled = pool.call(input.dtype == convolved.dtype ? input : input.to_type(convolved.dtype));
            return relu.call(norm.call(concat.call(convolved, pooled))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>"Non-bottleneck-1D": y = relu(x + f(x)), where f is 3x1, 1x3 and the same again, dilated.</summary>
    private sealed class FactorizedBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential branch;
        private readonly Add add = new();
        private readonly ReLU relu = nn.ReLU();

        public FactorizedBlock(long channels, long dilation = 1, double dropout = 0) : base(nameof(FactorizedBlock))
        {
            BatchNorm2d last = nn.BatchNorm2d(channels, eps: 1e-3);
            using (no_grad())
            {
                // Goyal et al. 2017: the block begins as the identity.
                nn.init.zeros_(last.weight!);
            }
            branch = nn.Sequential(
                ("conv1", new ConvLayer(channels, channels, (3, 1), bias: true)), ("relu1", nn.ReLU()),
                ("conv2", new ConvLayer(channels, channels, (1, 3), bias: true)), ("norm1", nn.BatchNorm2d(channels, eps: 1e-3)), ("relu2", nn.ReLU()),
                ("conv3", new ConvLayer(channels, channels, (3, 1), dilation: dilation, bias: true)), ("relu3", nn.ReLU()),
                ("conv4", new ConvLayer(channels, channels, (1, 3), dilation: dilation, bias: true)), ("norm2", last),
                ("dropout", nn.Dropout2d(dropout)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(add.call(branch.call(input), input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Doubles the resolution.</summary>
    private sealed class Upsampler : nn.Module<Tensor, Tensor>
    {
        private readonly TransposedConvLayer conv;
        private readonly BatchNorm2d norm;
        private readonly ReLU relu = nn.ReLU();

        public Upsampler(long inChannels, long outChannels) : base(nameof(Upsampler))
        {
            conv = new TransposedConvLayer(inChannels, outChannels, 3);
            norm = nn.BatchNorm2d(outChannels, eps: 1e-3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(norm.call(conv.call(input))).MoveToOuterDisposeScope();
        }
    }
}
