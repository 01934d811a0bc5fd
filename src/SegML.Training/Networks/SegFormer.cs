using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="SegFormer"/>: <c>"network": { "name": "segformer", "options": { "width": 32 } }</c>.</summary>
public sealed record SegFormerOptions
{
    /// <summary>Channels at 1/4 resolution; the stages have 1, 2, 5 and 8 times as many. 8 to 64. Default 32, the paper's B0.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Transformer blocks of the four stages, 1 to 40 each. Default 2, 2, 2, 2, the paper's B0 and B1; B2 has 3, 4, 6, 3.</summary>
    public IReadOnlyList<int> EncoderBlocks { get; init; } = [2, 2, 2, 2];

    /// <summary>Channels of the decoder, 8 to 768. Default 256, the paper's B0.</summary>
    public int DecoderWidth { get; init; } = 256;

    /// <summary>Share of the values before the last convolution that training drops at random, 0 to below 1. Default 0.1.</summary>
    public double Dropout { get; init; } = 0.1;
}

/// <summary>
/// "segformer": SegFormer-B0 (Xie et al. 2021, https://arxiv.org/abs/2105.15203), 3.7 million parameters. Four stages of two
/// transformer blocks attend to keys and values at 1/32 resolution; a depthwise convolution in each block's feed-forward part stands in
/// for positional codes; the decoder projects all four stages, enlarges them to 1/4 and mixes them. Stochastic depth is left out.
/// </summary>
public sealed class SegFormer : SegmentationNetwork
{
    private static readonly int[] Heads = [1, 2, 5, 8], Reductions = [8, 4, 2, 1];
    private readonly MixTransformer encoder = new();
    private readonly ModuleList<nn.Module<Tensor, Tensor>> projections = [];
    private readonly ResizeLike resize = new();
    private readonly Concat concat = new();
    private readonly ConvNorm fuse;
    private readonly ConvLayer head;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public SegFormer(int classes, SegFormerOptions? options = null, int channels = 3) : base("segformer", (options ?? new SegFormerOptions()).Dropout)
    {
        options ??= new SegFormerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.Width is < 8 or > 64 || options.DecoderWidth is < 8 or > 768)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"width {options.Width} is not 8 to 64 or decoderWidth {options.DecoderWidth} not 8 to 768");
        }
        if (options.EncoderBlocks is not { Count: 4 } || options.EncoderBlocks.Any(b => b is < 1 or > 40))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"encoderBlocks [{string.Join(", ", options.EncoderBlocks ?? [])}] are not four numbers from 1 to 40");
        }
        int before = channels;
        for (int i = 0; i < Heads.Length; i++)
        {
            int features = Heads[i] * options.Width, heads = Heads[i], reduction = Reductions[i];
            encoder.Add(nn.Sequential([
                i == 0 ? new ConvLayer(before, features, 7, stride: 4, bias: true) : new ConvLayer(before, features, 3, stride: 2, bias: true),
                new ChannelNorm(features, 1e-5),
                .. Enumerable.Range(0, options.EncoderBlocks[i]).Select(_ => new Block(features, heads, reduction)),
                new ChannelNorm(features)]));
            projections.Add(new ConvLayer(features, options.DecoderWidth, 1, bias: true));
            before = features;
        }
        fuse = new ConvNorm(Heads.Length * options.DecoderWidth, options.DecoderWidth, 1);
        head = ConvLayer.Head(options.DecoderWidth, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 32;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override nn.Module? Encoder => encoder;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = encoder[0].call(image);
        Tensor fine = projections[0].call(x), joined = fine;
        for (int i = 1; i < encoder.Count; i++)
        {
            x = encoder[i].call(x);
            joined = concat.call(resize.call(projections[i].call(x), fine), joined);
        }
        return head.call(Drop(fuse.call(joined))).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a module is such a network's encoder.</summary>
    internal static bool IsEncoder(nn.Module module) => module is MixTransformer;

    /// <summary>The four stages: convolution, norm, blocks, norm.</summary>
    private sealed class MixTransformer : ModuleList<nn.Module<Tensor, Tensor>>;

    /// <summary>A linear layer over the channels of each pixel, with the customary initialisation of transformers.</summary>
    private static ConvLayer Linear(long inChannels, long outChannels) => new ConvLayer(inChannels, outChannels, 1, bias: true).StartNormal(0.02);

    /// <summary>y = x + attention(norm(x)); z = y + feedForward(norm(y)).</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly ChannelNorm norm1, norm2;
        private readonly Attention attention;
        private readonly Sequential feedForward;
        private readonly Add add = new();

        public Block(long channels, long heads, long reduction) : base(nameof(Block))
        {
            long hidden = 4 * channels;
            norm1 = new ChannelNorm(channels);
            attention = new Attention(channels, heads, reduction);
            norm2 = new ChannelNorm(channels);
            feedForward = nn.Sequential(Linear(channels, hidden), new ConvLayer(hidden, hidden, 3, bias: true, groups: hidden), nn.GELU(), Linear(hidden, channels));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = add.call(input, attention.call(norm1.call(input)));
            return add.call(x, feedForward.call(norm2.call(x))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Multi-head attention of all pixels to keys and values at a resolution that a strided convolution reduces.</summary>
    private sealed class Attention : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer query, keyValue, output;
        private readonly Sequential? reduce;
        private readonly Chunk split = new(2);
        private readonly Reshape toHeads, fromHeads;
        private readonly Permute turn = new(0, 1, 3, 2);
        private readonly MatMul scores = new(), weigh = new();
        private readonly Scale scale;
        private readonly Softmax softmax = nn.Softmax(-1);
        private readonly UnflattenLike unflatten = new();

        public Attention(long channels, long heads, long reduction) : base(nameof(Attention))
        {
            query = Linear(channels, channels);
            // Zeros below and to the right make the reduced size ceil(size / reduction), so that no image is too small.
            reduce = reduction == 1 ? null : nn.Sequential(
                nn.ZeroPad2d((0, reduction - 1, 0, reduction - 1)),
                new ConvLayer(channels, channels, (reduction, reduction), stride: reduction, bias: true, padded: false),
                new ChannelNorm(channels, 1e-5));
            keyValue = Linear(channels, 2 * channels);
            output = Linear(channels, channels);
            toHeads = new Reshape(0, heads, channels / heads, -1);
            fromHeads = new Reshape(0, channels, -1);
            scale = new Scale(1 / Math.Sqrt((double)channels / heads));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] parts = split.call(keyValue.call(reduce is null ? input : reduce.call(input)));
            Tensor queries = turn.call(toHeads.call(query.call(input))), keys = toHeads.call(parts[0]), values = turn.call(toHeads.call(parts[1]));
            Tensor weights = softmax.call(scale.call(scores.call(queries, keys)));
            Tensor attended = fromHeads.call(turn.call(weigh.call(weights, values)));
            return output.call(unflatten.call(attended, input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Layer norm over the channels of each pixel of [N, C, H, W].</summary>
    private sealed class ChannelNorm : nn.Module<Tensor, Tensor>
    {
        private readonly Permute last = new(0, 2, 3, 1), first = new(0, 3, 1, 2);
        private readonly LayerNorm norm;

        public ChannelNorm(long channels, double epsilon = 1e-6) : base(nameof(ChannelNorm))
        {
            norm = nn.LayerNorm(channels, epsilon);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return first.call(norm.call(last.call(input))).MoveToOuterDisposeScope();
        }
    }
}
