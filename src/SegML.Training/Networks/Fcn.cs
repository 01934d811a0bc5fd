using SegML.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="Fcn"/>: <c>"network": { "name": "fcn", "options": { "encoderDepth": 18, "outputStride": 8 } }</c>.</summary>
public sealed record FcnOptions
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

    /// <summary>Resolution of the finest scores, 1/this: 32, 16 or 8 make the FCN-32s, -16s and -8s. Default 8.</summary>
    public int OutputStride { get; init; } = 8;

    /// <summary>Share of the 1/32 features that training drops at random before they are scored, 0 to below 1 (the paper has 0.5). Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "fcn": FCN-32s, -16s or -8s (Long et al. 2015, https://arxiv.org/abs/1411.4038) over a ResNet encoder. 1x1 convolutions score the
/// features of the last stages; coarse scores are enlarged to the finer ones' size and added to them.
/// </summary>
public sealed class Fcn : SegmentationNetwork
{
    private readonly ResNetEncoder encoder;
    private readonly ConvLayer score32;
    private readonly ConvLayer? score16, score8;
    private readonly ResizeLike resize = new();
    private readonly Add add = new();

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public Fcn(int classes, FcnOptions? options = null, int channels = 3) : base("fcn", options?.Dropout ?? 0)
    {
        options ??= new FcnOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (options.OutputStride is not (8 or 16 or 32))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"outputStride {options.OutputStride} is not 8, 16 or 32");
        }
        encoder = new ResNetEncoder(options.EncoderDepth, options.Width, channels, blocks: ResNetEncoder.WithAllStages(options.EncoderBlocks));
        // The scores are added up, so that one bias is all biases: the finest has it.
        score32 = ConvLayer.Head(encoder.Channels[3], classes, bias: options.OutputStride == 32);
        score16 = options.OutputStride <= 16 ? ConvLayer.Head(encoder.Channels[2], classes, bias: options.OutputStride == 16) : null;
        score8 = options.OutputStride == 8 ? ConvLayer.Head(encoder.Channels[1], classes) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 32;

    /// <inheritdoc/>
    public override Tensor LogitBias => (score8 ?? score16 ?? score32).Bias!;

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
        (_, Tensor x8, Tensor x16, Tensor x32) = encoder.Features(image);
        Stage(x16, stages);
        Tensor logits = score32.call(Drop(x32));
        if (score16 is not null)
        {
            logits = Refine(logits, score16.call(x16));
        }
        if (score8 is not null)
        {
            logits = Refine(logits, score8.call(x8));
        }
        return logits.MoveToOuterDisposeScope();
    }

    private Tensor Refine(Tensor coarse, Tensor fine) => add.call(resize.call(coarse, fine), fine);
}
