using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="LmffNet"/>: <c>"network": { "name": "lmffnet", "options": { "width": 32 } }</c>.</summary>
public sealed record LmffNetOptions
{
    /// <summary>Channels at 1/2 resolution; 1/4 has 2 and 1/8 has 4 times as many. A multiple of 8, 8 to 64. Default 32, as in the paper.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Share of the 1/8 features that training drops at random before they are scored, 0 to below 1. Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "lmffnet" (Shi et al. 2022, LMFFNet, https://doi.org/10.1109/TNNLS.2022.3176493): blocks that split their channels between a plain and a
/// dilated depthwise convolution, the image itself joined in at each resolution, and a decoder whose finer features decide how
/// much of the coarse scores counts. 1.35 million parameters.
/// </summary>
public sealed class LmffNet : SegmentationNetwork
{
    private const int MidChannels = 16, DeepChannels = 32;
    private static readonly int[] Dilations4 = [2, 2, 2], Dilations8 = [4, 4, 8, 8, 16, 16, 32, 32];
    private readonly Sequential stem, blocks4, blocks8, fuse2, fuse4, fuse8, gate, scores;
    private readonly Downsampler down4, down8;
    private readonly ChannelAttention attention4, attention8;
    private readonly ConvLayer mid, deep, offset;
    private readonly AvgPool2d shrink = nn.AvgPool2d(3, stride: 2, padding: 1);
    private readonly Concat concat = new();
    private readonly ResizeLike resize = new();
    private readonly Mul mul = new();

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public LmffNet(int classes, LmffNetOptions? options = null, int channels = 3) : base("lmffnet", options?.Dropout ?? 0)
    {
        options ??= new LmffNetOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.Width is < 8 or > 64 || options.Width % 8 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"width {options.Width} is not a multiple of 8 from 8 to 64");
        }
        int c2 = options.Width, c4 = 2 * c2, c8 = 4 * c2;
        int all2 = c2 + channels, all4 = 2 * c4 + channels, all8 = 2 * c8 + channels;
        stem = nn.Sequential(
            new ConvLayer(channels, c2, 3, stride: 2), new NormPRelu(c2),
            new ConvLayer(c2, c2, 3), new NormPRelu(c2),
            new ConvLayer(c2, c2, 3), new NormPRelu(c2));
        fuse2 = Fuse(all2);
        down4 = new Downsampler(all2, c4);
        blocks4 = nn.Sequential(Dilations4.Select(d => (nn.Module<Tensor, Tensor>)new SplitBlock(c4, d)));
        attention4 = new ChannelAttention(c4);
        fuse4 = Fuse(all4);
        down8 = new Downsampler(all4, c8);
        blocks8 = nn.Sequential(Dilations8.Select(d => (nn.Module<Tensor, Tensor>)new SplitBlock(c8, d)));
        attention8 = new ChannelAttention(c8);
        fuse8 = Fuse(all8);
        mid = new ConvLayer(all4, MidChannels, 1);
        deep = new ConvLayer(all8, DeepChannels, 1);
        const int Joined = MidChannels + DeepChannels;
        gate = nn.Sequential(new ConvLayer(Joined, Joined, 3, groups: Joined), new NormPRelu(Joined), new ConvLayer(Joined, classes, 1), nn.Sigmoid());
        scores = nn.Sequential(new ConvLayer(all8, all8, 3, groups: all8), new NormPRelu(all8), ConvLayer.Head(all8, classes, bias: false));
        // Not in the paper, which has no last bias: a scale and a bias for each class.
        offset = new ConvLayer(classes, classes, 1, bias: true, groups: classes).StartAt(1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 8;

    /// <inheritdoc/>
    public override Tensor LogitBias => offset.Bias!;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x2 = stem.call(image);
        Tensor image2 = shrink.call(x2.dtype == image.dtype ? image : image.to_type(x2.dtype));
        Tensor image4 = shrink.call(image2), image8 = shrink.call(image4);
        Tensor x4 = down4.call(fuse2.call(concat.call(x2, image2)));
        Tensor y4 = fuse4.call(concat.call(concat.call(blocks4.call(x4), attention4.call(x4)), image4));
        Tensor x8 = down8.call(y4);
        Tensor y8 = fuse8.call(concat.call(concat.call(blocks8.call(x8), attention8.call(x8)), image8));
        Tensor gated = gate.call(concat.call(mid.call(y4), resize.call(deep.call(y8), y4)));
        return offset.call(mul.call(resize.call(scores.call(Drop(y8)), y4), gated)).MoveToOuterDisposeScope();
    }

    private static Sequential Fuse(long channels) => nn.Sequential(new NormPRelu(channels), new ConvLayer(channels, channels, 1));

    /// <summary>Batch norm and PReLU, whose slopes follow the input's precision: TorchSharp's own does not mix.</summary>
    private sealed class NormPRelu : nn.Module<Tensor, Tensor>
    {
        private readonly BatchNorm2d norm;
        private readonly PRelu relu;

        public NormPRelu(long channels) : base(nameof(NormPRelu))
        {
            norm = nn.BatchNorm2d(channels, eps: 1e-3);
            relu = new PRelu(channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(norm.call(input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>PReLU in its input's precision.</summary>
    private sealed class PRelu : nn.Module<Tensor, Tensor>
    {
        private readonly PReLU relu;

        public PRelu(long channels) : base(nameof(PRelu))
        {
            relu = nn.PReLU(channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            if (input.dtype == ScalarType.Float32)
            {
                return relu.call(input);
            }
            using Tensor slopes = relu.weight!.to_type(input.dtype);
            return nn.functional.prelu(input, slopes);
        }
    }

    /// <summary>"SEM-B": half the channels through a plain and a dilated depthwise convolution side by side, and back; the input is added.</summary>
    private sealed class SplitBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential reduce, plain, dilated, restore;
        private readonly NormPRelu activate;
        private readonly Chunk split = new(2);
        private readonly Concat concat = new();
        private readonly Add add = new();

        public SplitBlock(long channels, long dilation) : base(nameof(SplitBlock))
        {
            long half = channels / 2, quarter = channels / 4;
            reduce = nn.Sequential(new ConvLayer(channels, half, 3), new NormPRelu(half));
            plain = nn.Sequential(new ConvLayer(quarter, quarter, 3, groups: quarter), new NormPRelu(quarter));
            dilated = nn.Sequential(new ConvLayer(quarter, quarter, 3, dilation: dilation, groups: quarter), new NormPRelu(quarter));
            restore = nn.Sequential(new ConvLayer(half, half, 3), new NormPRelu(half), new ConvLayer(half, channels, 1));
            activate = new NormPRelu(channels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] parts = split.call(reduce.call(input));
            Tensor joined = concat.call(plain.call(parts[0]), dilated.call(parts[1]));
            return activate.call(add.call(restore.call(joined), input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Halves the resolution by a convolution and, where that leaves channels over, a pooling side by side.</summary>
    private sealed class Downsampler : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer conv;
        private readonly MaxPool2d? pool;
        private readonly Concat concat = new();
        private readonly NormPRelu activate;

        public Downsampler(long inChannels, long outChannels) : base(nameof(Downsampler))
        {
            bool joined = inChannels < outChannels;
            conv = new ConvLayer(inChannels, joined ? outChannels - inChannels : outChannels, 3, stride: 2);
            pool = joined ? nn.MaxPool2d(2, stride: 2, ceil_mode: true) : null;
            activate = new NormPRelu(outChannels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor output = conv.call(input);
            return activate.call(pool is null ? output : concat.call(output, pool.call(input))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>"PMCA": weighs each channel by its means over the whole and over the quarters of the image.</summary>
    private sealed class ChannelAttention : nn.Module<Tensor, Tensor>
    {
        private const int Reduction = 8;
        private readonly AdaptiveAvgPool2d quarters = nn.AdaptiveAvgPool2d(2), whole = nn.AdaptiveAvgPool2d(1);
        private readonly ConvLayer merge, squeeze, excite;
        private readonly PRelu relu = new(1);
        private readonly Sigmoid sigmoid = nn.Sigmoid();
        private readonly Add add = new();
        private readonly Mul mul = new();

        public ChannelAttention(long channels) : base(nameof(ChannelAttention))
        {
            merge = new ConvLayer(channels, channels, (2, 2), groups: channels, padded: false);
            squeeze = new ConvLayer(channels, channels / Reduction, 1);
            excite = new ConvLayer(channels / Reduction, channels, 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor means = add.call(merge.call(quarters.call(input)), whole.call(input));
            return mul.call(sigmoid.call(excite.call(relu.call(squeeze.call(means)))), input).MoveToOuterDisposeScope();
        }
    }
}
