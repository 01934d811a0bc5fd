using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="ResNetLight"/>: <c>"network": { "name": "resnet-light", "options": { "encoderBlocks": [2, 2, 2, 3] } }</c>.</summary>
public sealed record ResNetLightOptions
{
    /// <summary>Layers of the ResNet encoder: 18, 34 or 50. Default 18.</summary>
    public int EncoderDepth { get; init; } = 18;

    /// <summary>
    /// Residual blocks of the encoder's four stages, 1 to 16 each; 0 for the last leaves out the stage at 1/32, which holds three quarters of the weights.
    /// Default 2, 2, 2, 0; 2, 2, 2, 3 takes all of training.encoderWeights "imagenet".
    /// </summary>
    public IReadOnlyList<int> EncoderBlocks { get; init; } = [2, 2, 2, 0];

    /// <summary>Channels of the encoder's first convolution, 4 to 128. Default 64 (He et al. 2016).</summary>
    public int Width { get; init; } = 64;

    /// <summary>Channels of the decoder at 1/8 and coarser, 6 to 384; two thirds of them at 1/4, a third at 1/2. Default 96.</summary>
    public int DecoderWidth { get; init; } = 96;

    /// <summary>Input pixels a pixel of the logits, along one side, before they are enlarged: 4 or 2. Default 4.</summary>
    public int DecoderStride { get; init; } = 4;

    /// <summary>
    /// The probability, 0 to below 1, with which training leaves out the encoder's last block for an image; earlier blocks' are smaller (Huang et al. 2016, stochastic depth,
    /// https://arxiv.org/abs/1603.09382). Default 0.
    /// </summary>
    public double StochasticDepth { get; init; }

    /// <summary>Share of the values before the last convolution that training drops at random, 0 to below 1. Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "resnet-light": a ResNet encoder (He et al. 2016, https://arxiv.org/abs/1512.03385), by default without its last stage, for weights that were trained
/// on ImageNet; the global mean (Liu et al. 2015, ParseNet, https://arxiv.org/abs/1506.04579); and a thin top-down decoder that adds a 1x1 projection of each
/// stage to the enlarged coarser one (Lin et al. 2017, https://arxiv.org/abs/1612.03144). 2.97 million parameters; 11.5 with a last stage of two blocks, 16.2 with three.
/// </summary>
public sealed class ResNetLight : SegmentationNetwork
{
    private readonly ResNetEncoder encoder;
    private readonly ConvNorm top, skip8, refine8, up4, skip4, refine4;
    private readonly ConvNorm? skip16, refine16, up2, skip2, refine2;
    private readonly AdaptiveAvgPool2d pool = nn.AdaptiveAvgPool2d(1);
    private readonly ConvLayer context;
    private readonly ReLU relu = nn.ReLU();
    private readonly Add add = new();
    private readonly ResizeLike resize = new();
    private readonly ConvLayer head;
    private readonly int _width;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ResNetLight(int classes, ResNetLightOptions? options = null, int channels = 3) : base("resnet-light", options?.Dropout ?? 0)
    {
        options ??= new ResNetLightOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.DecoderWidth is < 6 or > 384)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"decoderWidth {options.DecoderWidth} is not 6 to 384");
        }
        if (options.DecoderStride is not (2 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"decoderStride {options.DecoderStride} is not 2 or 4");
        }
        encoder = new ResNetEncoder(options.EncoderDepth, options.Width, channels, blocks: options.EncoderBlocks ?? [2, 2, 2, 0], stochasticDepth: options.StochasticDepth);
        bool hasFour = encoder.Blocks[3] > 0;
        int d8 = options.DecoderWidth, d4 = 2 * d8 / 3, d2 = d8 / 3;
        _width = d8;
        top = Project(encoder.Channels[hasFour ? 3 : 2], d8);
        // No batch norm: with one pixel an image its statistics would be noise, and of one image impossible.
        context = new ConvLayer(d8, d8, 1, bias: true);
        if (hasFour)
        {
            skip16 = Project(encoder.Channels[2], d8);
            refine16 = new ConvNorm(d8, d8, 3);
        }
        skip8 = Project(encoder.Channels[1], d8);
        refine8 = new ConvNorm(d8, d8, 3);
        up4 = Project(d8, d4);
        skip4 = Project(encoder.Channels[0], d4);
        refine4 = new ConvNorm(d4, d4, 3);
        if (options.DecoderStride == 2)
        {
            up2 = Project(d4, d2);
            skip2 = Project(encoder.StemChannels, d2);
            refine2 = new ConvNorm(d2, d2, 3);
        }
        head = ConvLayer.Head(refine2 is null ? d4 : d2, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => skip16 is null ? 16 : 32;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override nn.Module? Encoder => encoder;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image) => CoarseLogits(image, null);

    /// <inheritdoc/>
    public override IReadOnlyList<int> StageChannels => [_width, _width];

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image, IList<Tensor>? stages)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor x2, Tensor x4, Tensor x8, Tensor x16, Tensor? x32) = encoder.AllFeatures(image);
        Tensor y = top.call(x32 ?? x16);
        y = Stage(add.call(y, relu.call(context.call(pool.call(y)))), stages);
        if (skip16 is not null)
        {
            y = refine16!.call(Join(y, skip16.call(x16)));
        }
        Tensor y8 = Stage(refine8.call(Join(y, skip8.call(x8))), stages);
        Tensor finest = refine4.call(Join(up4.call(y8), skip4.call(x4)));
        if (refine2 is not null)
        {
            finest = refine2.call(Join(up2!.call(finest), skip2!.call(x2)));
        }
        return head.call(Drop(finest)).MoveToOuterDisposeScope();
    }

    private static ConvNorm Project(int inChannels, int outChannels) => new(inChannels, outChannels, 1, activation: null);

    private Tensor Join(Tensor coarse, Tensor fine) => relu.call(add.call(resize.call(coarse, fine), fine));
}
