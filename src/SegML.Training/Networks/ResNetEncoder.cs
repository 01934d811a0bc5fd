using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// The convolutional part of a ResNet (He et al. 2016, https://arxiv.org/abs/1512.03385): ResNet-18 and -34 of two 3x3 convolutions a
/// block, ResNet-50 of bottlenecks with the stride in their 3x3 convolution, as torchvision has it. Parameters are named as in
/// torchvision, but for the "conv." of <see cref="ConvLayer"/>: <c>layer1.0.conv1.conv.weight</c>.
/// </summary>
internal sealed class ResNetEncoder : nn.Module
{
    private readonly ConvLayer conv1;
    private readonly BatchNorm2d bn1;
    private readonly ReLU relu = nn.ReLU();
    private readonly MaxPool2d pool = nn.MaxPool2d(3, stride: 2, padding: 1);
    private readonly Sequential layer1, layer2, layer3;
    private readonly Sequential? layer4;
    private readonly int _depth, _width;
    private readonly int[] _blocks;

    /// <param name="depth">18, 34 or 50.</param>
    /// <param name="width">Channels of the first convolution; 64 in the paper.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="dilateLast">Whether the last stage keeps 1/16 and dilates its convolutions by 2 instead of going to 1/32.</param>
    /// <param name="blocks">Residual blocks of the four stages, 1 to 16 each; 0 for the last leaves that stage out. Null: those of the depth.</param>
    /// <param name="stochasticDepth">
    /// The probability, 0 to below 1, with which training leaves out the last block's convolutions for an image; it falls evenly to 0 before the first block (Huang et al. 2016,
    /// https://arxiv.org/abs/1603.09382).
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such depth, the width is not 4 to 128, or the blocks are out of their range.</exception>
    public ResNetEncoder(int depth, int width, int channels, bool dilateLast = false, IReadOnlyList<int>? blocks = null, double stochasticDepth = 0)
        : base(nameof(ResNetEncoder))
    {
        int[] usual = depth switch
        {
            18 => [2, 2, 2, 2],
            34 or 50 => [3, 4, 6, 3],
            _ => throw new ArgumentOutOfRangeException(nameof(depth), $"encoderDepth {depth} is not 18, 34 or 50"),
        };
        blocks ??= usual;
        if (blocks.Count != 4 || blocks.Any(b => b is < 0 or > 16) || blocks.Take(3).Contains(0))
        {
            throw new ArgumentOutOfRangeException(nameof(blocks), $"blocks [{string.Join(", ", blocks)}] are not four numbers from 1 to 16, or 0 for the last");
        }
        if (width is < 4 or > 128)
        {
            throw new ArgumentOutOfRangeException(nameof(width), $"width {width} is not 4 to 128");
        }
        if (!(stochasticDepth >= 0 && stochasticDepth < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(stochasticDepth), FormattableString.Invariant($"stochasticDepth {stochasticDepth} is not from 0 to below 1"));
        }
        bool bottleneck = depth == 50;
        int built = 0;
        double NextDrop() => stochasticDepth * ++built / blocks.Sum();
        int expansion = bottleneck ? 4 : 1;
        (_depth, _width, _blocks) = (depth, width, [.. blocks]);
        StemChannels = width;
        Channels = [.. Enumerable.Range(0, 4).Select(stage => (width << stage) * expansion)];
        conv1 = new ConvLayer(channels, width, 7, stride: 2);
        bn1 = nn.BatchNorm2d(width);
        layer1 = Stage(width, width, blocks[0], 1, 1, bottleneck, NextDrop);
        layer2 = Stage(Channels[0], 2 * width, blocks[1], 2, 1, bottleneck, NextDrop);
        layer3 = Stage(Channels[1], 4 * width, blocks[2], 2, 1, bottleneck, NextDrop);
        layer4 = blocks[3] == 0 ? null : Stage(Channels[2], 8 * width, blocks[3], dilateLast ? 1 : 2, dilateLast ? 2 : 1, bottleneck, NextDrop);
        RegisterComponents();
    }

    /// <summary>Channels of the features at 1/4, 1/8, 1/16 and 1/32.</summary>
    public IReadOnlyList<int> Channels { get; }

    /// <summary>Channels of the first convolution's features at 1/2.</summary>
    public int StemChannels { get; }

    /// <summary>Residual blocks of the four stages.</summary>
    public IReadOnlyList<int> Blocks => _blocks;

    /// <summary>A new encoder with the same tensors but for the image's three channels, not dilated, as published weights were trained.</summary>
    public ResNetEncoder Plain() => new(_depth, _width, 3, blocks: _blocks);

    /// <summary>The features of the four stages; the caller owns them.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    /// <returns>[N, Channels[i], ceil(H / s), ceil(W / s)] for s = 4, 8, 16 and 32, or 16 twice where the last stage is dilated.</returns>
    public (Tensor X4, Tensor X8, Tensor X16, Tensor X32) Features(Tensor image)
    {
        (Tensor x2, Tensor x4, Tensor x8, Tensor x16, Tensor? x32) = AllFeatures(image);
        x2.Dispose();
        return (x4, x8, x16, x32 ?? throw new InvalidOperationException("the encoder has no fourth stage"));
    }

    /// <summary>The first convolution's features at 1/2 as well; the last is null where the encoder has no fourth stage. The caller owns them.</summary>
    /// <param name="image">[N, C, H, W], normalised.</param>
    public (Tensor X2, Tensor X4, Tensor X8, Tensor X16, Tensor? X32) AllFeatures(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x2 = relu.call(bn1.call(conv1.call(image)));
        Tensor x4 = layer1.call(pool.call(x2));
        Tensor x8 = layer2.call(x4);
        Tensor x16 = layer3.call(x8);
        Tensor? x32 = layer4?.call(x16);
        return (x2.MoveToOuterDisposeScope(), x4.MoveToOuterDisposeScope(), x8.MoveToOuterDisposeScope(), x16.MoveToOuterDisposeScope(),
            x32?.MoveToOuterDisposeScope());
    }

    /// <summary>Refuses blocks that leave the last stage out, for networks that read it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do.</exception>
    public static IReadOnlyList<int>? WithAllStages(IReadOnlyList<int>? blocks) => blocks is not [.., 0] ? blocks
        : throw new ArgumentOutOfRangeException(nameof(blocks), $"encoderBlocks [{string.Join(", ", blocks)}] leave out the last stage");

    private static Sequential Stage(long inChannels, long channels, int blocks, long stride, long dilation, bool bottleneck, Func<double> drop)
    {
        long outChannels = bottleneck ? 4 * channels : channels;
        return nn.Sequential(Enumerable.Range(0, blocks).Select(i => (nn.Module<Tensor, Tensor>)new Block(
            i == 0 ? inChannels : outChannels, channels, outChannels, i == 0 ? stride : 1, dilation, bottleneck, drop())));
    }

    /// <summary>y = relu(f(x) + x); where f changes the shape, x goes through a 1x1 convolution.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly ConvLayer conv1, conv2;
        private readonly ConvLayer? conv3;
        private readonly BatchNorm2d bn1, bn2;
        private readonly BatchNorm2d? bn3;
        private readonly Sequential? downsample;
        private readonly Add add = new();
        private readonly double _drop;
        private readonly ReLU relu1 = nn.ReLU(), relu2 = nn.ReLU(), relu3 = nn.ReLU();

        public Block(long inChannels, long channels, long outChannels, long stride, long dilation, bool bottleneck, double drop) : base(nameof(Block))
        {
            _drop = drop;
            conv1 = bottleneck ? new ConvLayer(inChannels, channels, 1) : new ConvLayer(inChannels, channels, 3, stride, dilation);
            bn1 = nn.BatchNorm2d(channels);
            conv2 = new ConvLayer(channels, channels, 3, bottleneck ? stride : 1, dilation);
            bn2 = nn.BatchNorm2d(channels);
            if (bottleneck)
            {
                conv3 = new ConvLayer(channels, outChannels, 1);
                bn3 = nn.BatchNorm2d(outChannels);
            }
            if (stride != 1 || inChannels != outChannels)
            {
                downsample = nn.Sequential(new ConvLayer(inChannels, outChannels, 1, stride), nn.BatchNorm2d(outChannels));
            }
            using (no_grad())
            {
                // Goyal et al. 2017: the block begins as the identity.
                nn.init.zeros_((bn3 ?? bn2).weight!);
            }
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = bn2.call(conv2.call(relu1.call(bn1.call(conv1.call(input)))));
            if (conv3 is not null)
            {
                x = bn3!.call(conv3.call(relu2.call(x)));
            }
            if (training && _drop > 0)
            {
                // What is left counts more, so that evaluation, which leaves nothing out, sees the same on average.
                x = x * rand(x.shape[0], 1, 1, 1, device: x.device).ge(_drop).to_type(x.dtype) / (1 - _drop);
            }
            return relu3.call(add.call(x, downsample is null ? input : downsample.call(input))).MoveToOuterDisposeScope();
        }
    }
}
