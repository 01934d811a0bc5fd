using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="FcnLight"/>: <c>"network": { "name": "fcn-light", "options": { "width": 16 } }</c>.</summary>
public sealed record FcnLightOptions
{
    /// <summary>Channels at 1/2 resolution; deeper stages have 2, 4 and 8 times as many. 4 to 64. Null, the default: the size's own, 8, 16 or 32.</summary>
    public int? Width { get; init; }

    /// <summary>Residual blocks at 1/2, 1/4, 1/8 and 1/16 of the input's resolution, four numbers from 0 to 16. Default 0, 1, 2, 3.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [0, 1, 2, 3];

    /// <summary>
    /// Input pixels a pixel of the logits, along one side, before they are enlarged: 2, or 4, which takes a fifth less time and loses some of
    /// what is thin. Default 2.
    /// </summary>
    public int DecoderStride { get; init; } = 2;

    /// <summary>What follows each convolution but the last. Default <see cref="Activation.Relu"/>.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Share of the values before the last convolution that training drops at random, 0 to below 1. Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "fcn-small", "fcn-light" and "fcn-base": a fully convolutional network (Long et al. 2015, https://arxiv.org/abs/1411.4038) made for
/// processors, 8, 16 or 32 channels wide: 0.31, 1.23 and 4.92 million parameters, 0.46, 1.73 and 6.7 billion multiply-adds at 480x360. Dense 3x3 residual blocks (He et al. 2016) go down to
/// 1/16, since depthwise and factorised convolutions save operations but no time on a CPU; the tail is dilated and a
/// global mean adds context (Liu et al. 2015, ParseNet); thin skips lead back up to 1/2, where poles and signs are won.
/// </summary>
public sealed class FcnLight : SegmentationNetwork
{
    // Where dilation rises, so does what a pixel at 1/16 sees, at no cost; then it starts again, for holes would be left between.
    private static readonly int[] Dilations = [1, 2, 4];

    private readonly int[] _stages;
    private readonly ConvNorm skip4, skip8, up4, up8, refine4, refine8;
    private readonly ConvNorm? skip2, up2, refine2;
    private readonly nn.Module<Tensor, Tensor> stem;
    private readonly Sequential stage4, stage8, stage16;
    private readonly GlobalContext context;
    private readonly ConvLayer head;
    private readonly UpAdd add8, add4;
    private readonly UpAdd? add2;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <param name="name">The size: "fcn-small", "fcn-light" or "fcn-base".</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or there is no such size.</exception>
    public FcnLight(int classes, FcnLightOptions? options = null, int channels = 3, string name = "fcn-light") : base(name, options?.Dropout ?? 0)
    {
        options ??= new FcnLightOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        int width = options.Width ?? name switch
        {
            "fcn-small" => 8,
            "fcn-light" => 16,
            "fcn-base" => 32,
            _ => throw new ArgumentOutOfRangeException(nameof(name), $"{name} is not fcn-small, fcn-light or fcn-base"),
        };
        if (width is < 4 or > 64)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"width {width} is not from 4 to 64");
        }
        if (options.Blocks is not { Count: 4 } || options.Blocks.Any(b => b is < 0 or > 16))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"blocks [{string.Join(", ", options.Blocks ?? [])}] are not four numbers from 0 to 16");
        }
        if (options.DecoderStride is not (2 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"decoderStride {options.DecoderStride} is not 2 or 4");
        }
        int c2 = width, c4 = 2 * c2, c8 = 4 * c2, c16 = 8 * c2;
        Activation activation = options.Activation;
        _stages = [c16, c8, c4];
        // Alone where no block follows, as in models trained before there was a choice.
        stem = options.Blocks[0] == 0 ? new ConvNorm(channels, c2, 3, stride: 2, activation: activation) : Blocks(channels, c2, options.Blocks[0], activation);
        stage4 = Blocks(c2, c4, options.Blocks[1], activation);
        stage8 = Blocks(c4, c8, options.Blocks[2], activation);
        stage16 = Blocks(c8, c16, options.Blocks[3], activation, Dilations);
        context = new GlobalContext(c16, activation);
        up8 = new ConvNorm(c16, c8, 1, activation: null);
        skip8 = new ConvNorm(c8, c8, 1, activation: null);
        refine8 = new ConvNorm(c8, c8, 3, activation: activation);
        up4 = new ConvNorm(c8, c4, 1, activation: null);
        skip4 = new ConvNorm(c4, c4, 1, activation: null);
        refine4 = new ConvNorm(c4, c4, 3, activation: activation);
        add8 = new UpAdd(activation);
        add4 = new UpAdd(activation);
        if (options.DecoderStride == 2)
        {
            up2 = new ConvNorm(c4, c2, 1, activation: null);
            skip2 = new ConvNorm(c2, c2, 1, activation: null);
            refine2 = new ConvNorm(c2, c2, 3, activation: activation);
            add2 = new UpAdd(activation);
        }
        head = ConvLayer.Head(refine2 is null ? c4 : c2, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 16;

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
        Tensor x2 = stem.call(image);
        Tensor x4 = stage4.call(x2);
        Tensor x8 = stage8.call(x4);
        Tensor x16 = Stage(context.call(stage16.call(x8)), stages);
        Tensor y8 = Stage(refine8.call(add8.call(up8.call(x16), skip8.call(x8))), stages);
        Tensor y4 = Stage(refine4.call(add4.call(up4.call(y8), skip4.call(x4))), stages);
        Tensor finest = refine2 is null ? y4 : refine2.call(add2!.call(up2!.call(y4), skip2!.call(x2)));
        return head.call(Drop(finest)).MoveToOuterDisposeScope();
    }

    private static Sequential Blocks(int input, int output, int blocks, Activation activation, params int[] dilations)
    {
        var stage = nn.Sequential(new ConvNorm(input, output, 3, stride: 2, activation: activation));
        for (int i = 0; i < blocks; i++)
        {
            stage.append(new ResidualBlock(output, activation, dilations.Length == 0 ? 1 : dilations[i % dilations.Length]));
        }
        return stage;
    }

    /// <summary>Two 3x3 convolutions around which the input is added: y = a(x + f(x)) for the activation a.</summary>
    private sealed class ResidualBlock : nn.Module<Tensor, Tensor>
    {
        private readonly ConvNorm first, second;
        private readonly Add add = new();
        private readonly nn.Module<Tensor, Tensor> activate;

        public ResidualBlock(long channels, Activation activation, long dilation) : base(nameof(ResidualBlock))
        {
            first = new ConvNorm(channels, channels, 3, dilation: dilation, activation: activation);
            second = new ConvNorm(channels, channels, 3, dilation: dilation, activation: null).StartAtZero();
            activate = activation.Create();
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return activate.call(add.call(second.call(first.call(input)), input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Adds a projection of the mean over all pixels to each pixel.</summary>
    private sealed class GlobalContext : nn.Module<Tensor, Tensor>
    {
        private readonly AdaptiveAvgPool2d pool = nn.AdaptiveAvgPool2d(1);
        private readonly ConvLayer project;
        private readonly nn.Module<Tensor, Tensor> activate;
        private readonly Add add = new();

        public GlobalContext(long channels, Activation activation) : base(nameof(GlobalContext))
        {
            // No batch norm: with one pixel an image its statistics would be noise, and of one image impossible.
            project = new ConvLayer(channels, channels, 1, bias: true);
            activate = activation.Create();
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return add.call(input, activate.call(project.call(pool.call(input)))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Enlarges the coarse features to the fine ones' size and adds the two: y = a(resize(coarse) + fine) for the activation a.</summary>
    private sealed class UpAdd : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly ResizeLike resize = new();
        private readonly Add add = new();
        private readonly nn.Module<Tensor, Tensor> activate;

        public UpAdd(Activation activation) : base(nameof(UpAdd))
        {
            activate = activation.Create();
            RegisterComponents();
        }

        public override Tensor forward(Tensor coarse, Tensor fine)
        {
            using DisposeScope scope = NewDisposeScope();
            return activate.call(add.call(resize.call(coarse, fine), fine)).MoveToOuterDisposeScope();
        }
    }
}
