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

    private readonly ConvNorm skip2, skip4, skip8, up2, up4, up8, refine2, refine4, refine8;
    private readonly nn.Module<Tensor, Tensor> stem;
    private readonly Sequential stage4, stage8, stage16;
    private readonly GlobalContext context;
    private readonly ConvLayer head;
    private readonly UpAdd add8 = new(), add4 = new(), add2 = new();

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <param name="name">The size: "fcn-small", "fcn-light" or "fcn-base".</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range, or there is no such size.</exception>
    public FcnLight(int classes, FcnLightOptions? options = null, int channels = 3, string name = "fcn-light") : base(name)
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
        int c2 = width, c4 = 2 * c2, c8 = 4 * c2, c16 = 8 * c2;
        // Alone where no block follows, as in models trained before there was a choice.
        stem = options.Blocks[0] == 0 ? new ConvNorm(channels, c2, 3, stride: 2) : Stage(channels, c2, options.Blocks[0]);
        stage4 = Stage(c2, c4, options.Blocks[1]);
        stage8 = Stage(c4, c8, options.Blocks[2]);
        stage16 = Stage(c8, c16, options.Blocks[3], Dilations);
        context = new GlobalContext(c16);
        up8 = new ConvNorm(c16, c8, 1, activate: false);
        skip8 = new ConvNorm(c8, c8, 1, activate: false);
        refine8 = new ConvNorm(c8, c8, 3);
        up4 = new ConvNorm(c8, c4, 1, activate: false);
        skip4 = new ConvNorm(c4, c4, 1, activate: false);
        refine4 = new ConvNorm(c4, c4, 3);
        up2 = new ConvNorm(c4, c2, 1, activate: false);
        skip2 = new ConvNorm(c2, c2, 1, activate: false);
        refine2 = new ConvNorm(c2, c2, 3);
        head = new ConvLayer(c2, classes, 1, bias: true);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride => 16;

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x2 = stem.call(image);
        Tensor x4 = stage4.call(x2);
        Tensor x8 = stage8.call(x4);
        Tensor x16 = context.call(stage16.call(x8));
        Tensor y8 = refine8.call(add8.call(up8.call(x16), skip8.call(x8)));
        Tensor y4 = refine4.call(add4.call(up4.call(y8), skip4.call(x4)));
        Tensor y2 = refine2.call(add2.call(up2.call(y4), skip2.call(x2)));
        return head.call(y2).MoveToOuterDisposeScope();
    }

    private static Sequential Stage(int input, int output, int blocks, params int[] dilations)
    {
        var stage = nn.Sequential(new ConvNorm(input, output, 3, stride: 2));
        for (int i = 0; i < blocks; i++)
        {
            stage.append(new ResidualBlock(output, dilations.Length == 0 ? 1 : dilations[i % dilations.Length]));
        }
        return stage;
    }

    /// <summary>Two 3x3 convolutions around which the input is added: y = relu(x + f(x)).</summary>
    private sealed class ResidualBlock : nn.Module<Tensor, Tensor>
    {
        private readonly ConvNorm first, second;
        private readonly Add add = new();
        private readonly ReLU relu = nn.ReLU();

        public ResidualBlock(long channels, long dilation = 1) : base(nameof(ResidualBlock))
        {
            first = new ConvNorm(channels, channels, 3, dilation: dilation);
            second = new ConvNorm(channels, channels, 3, dilation: dilation, activate: false).StartAtZero();
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(add.call(second.call(first.call(input)), input)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Adds a projection of the mean over all pixels to each pixel.</summary>
    private sealed class GlobalContext : nn.Module<Tensor, Tensor>
    {
        private readonly AdaptiveAvgPool2d pool = nn.AdaptiveAvgPool2d(1);
        private readonly ConvLayer project;
        private readonly ReLU relu = nn.ReLU();
        private readonly Add add = new();

        public GlobalContext(long channels) : base(nameof(GlobalContext))
        {
            // No batch norm: with one pixel an image its statistics would be noise, and of one image impossible.
            project = new ConvLayer(channels, channels, 1, bias: true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            return add.call(input, relu.call(project.call(pool.call(input)))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Enlarges the coarse features to the fine ones' size and adds the two: y = relu(resize(coarse) + fine).</summary>
    private sealed class UpAdd : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly ResizeLike resize = new();
        private readonly Add add = new();
        private readonly ReLU relu = nn.ReLU();

        public UpAdd() : base(nameof(UpAdd)) => RegisterComponents();

        public override Tensor forward(Tensor coarse, Tensor fine)
        {
            using DisposeScope scope = NewDisposeScope();
            return relu.call(add.call(resize.call(coarse, fine), fine)).MoveToOuterDisposeScope();
        }
    }
}
