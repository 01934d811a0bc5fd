using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="DeepLab"/>: <c>"network": { "name": "deeplabv3plus", "options": { "encoderDepth": 18 } }</c>.</summary>
public sealed record DeepLabOptions
{
    /// <summary>Layers of the ResNet encoder: 18, 34 or 50. Default 18.</summary>
    public int EncoderDepth { get; init; } = 18;

    /// <summary>
    /// Residual blocks of the encoder's four stages, 1 to 16 each: 2, 2, 2, 3 are those of training.encoderWeights "imagenet". Null, the default: the depth's
    /// own, 2, 2, 2, 2 or 3, 4, 6, 3.
    /// </summary>
    public IReadOnlyList<int>? EncoderBlocks { get; init; }

    /// <summary>Channels of the encoder's first convolution, 4 to 128. Default 64 (He et al. 2016).</summary>
    public int Width { get; init; } = 64;

    /// <summary>Channels of each part of the spatial pyramid and of the decoder, 8 to 512. Default 256, as in the paper.</summary>
    public int HeadWidth { get; init; } = 256;

    /// <summary>Share of the pyramid's joined features that training drops at random, 0 to below 1. Default 0.1.</summary>
    public double Dropout { get; init; } = 0.1;
}

/// <summary>
/// "deeplabv3plus": an encoder-decoder in the manner of DeepLabV3+ (Chen et al. 2018, https://arxiv.org/abs/1802.02611) over a ResNet
/// whose last stage stays at 1/16 and is dilated. An atrous spatial pyramid (1x1; depthwise separable 3x3 dilated 6, 12 and 18; the
/// global mean) reads the context; the decoder joins it with 48 channels of the features at 1/4.
/// </summary>
public sealed class DeepLab : SegmentationNetwork
{
    private const int SkipChannels = 48;
    private static readonly int[] Dilations = [6, 12, 18];
    private readonly ResNetEncoder encoder;
    private readonly ConvNorm pyramid1, join, skip;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> pyramid = [];
    private readonly GlobalMean mean;
    private readonly Sequential refine;
    private readonly Concat concat = new();
    private readonly ResizeLike resize = new();
    private readonly ConvLayer head;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public DeepLab(int classes, DeepLabOptions? options = null, int channels = 3) : base("deeplabv3plus", (options ?? new DeepLabOptions()).Dropout)
    {
        options ??= new DeepLabOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.HeadWidth is < 8 or > 512)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"headWidth {options.HeadWidth} is not 8 to 512");
        }
        int width = options.HeadWidth;
        encoder = new ResNetEncoder(options.EncoderDepth, options.Width, channels, dilateLast: true, blocks: ResNetEncoder.WithAllStages(options.EncoderBlocks));
        int deep = encoder.Channels[3];
        pyramid1 = new ConvNorm(deep, width, 1);
        foreach (int dilation in Dilations)
        {
            pyramid.Add(Separable(deep, width, dilation));
        }
        mean = new GlobalMean(deep, width);
        join = new ConvNorm((2 + Dilations.Length) * width, width, 1);
        skip = new ConvNorm(encoder.Channels[0], SkipChannels, 1);
        refine = nn.Sequential(Separable(width + SkipChannels, width), Separable(width, width));
        head = ConvLayer.Head(width, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 16;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override nn.Module? Encoder => encoder;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image) => CoarseLogits(image, null);

    /// <inheritdoc/>
    public override IReadOnlyList<int> StageChannels => [encoder.Channels[2]];

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image, IList<Tensor>? stages)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor x4, _, Tensor third, Tensor x16) = encoder.Features(image);
        Stage(third, stages);
        Tensor context = pyramid1.call(x16);
        foreach (nn.Module<Tensor, Tensor> part in pyramid)
        {
            context = concat.call(context, part.call(x16));
        }
        context = Drop(join.call(concat.call(context, resize.call(mean.call(x16), x16))));
        Tensor fine = skip.call(x4);
        return head.call(refine.call(concat.call(resize.call(context, fine), fine))).MoveToOuterDisposeScope();
    }

    /// <summary>A 3x3 convolution of each channel by itself, then a 1x1 over channels.</summary>
    private static Sequential Separable(long inChannels, long outChannels, long dilation = 1) =>
        nn.Sequential(new ConvNorm(inChannels, inChannels, 3, dilation: dilation, groups: inChannels), new ConvNorm(inChannels, outChannels, 1));

    /// <summary>A projection of the mean over all pixels, [N, C, 1, 1].</summary>
    private sealed class GlobalMean : nn.Module<Tensor, Tensor>
    {
        private readonly AdaptiveAvgPool2d pool = nn.AdaptiveAvgPool2d(1);
        private readonly ConvLayer project;
        private readonly ReLU relu = nn.ReLU();

        public GlobalMean(long inChannels, long outChannels) : base(nameof(GlobalMean))
        {
            // No batch norm: with one pixel an image its statistics would be noise, and of one image impossible.
            project = new ConvLayer(inChannels, outChannels, 1, bias: true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(project.call(pool.call(input))).MoveToOuterDisposeScope();
        }
    }
}
