using SegML.Pipelines;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>
/// A 2-D convolution that can compute in bfloat16 or float16 while training. Its weights stay float32: they and the input are cast
/// inside <see cref="forward"/>, so that gradients and updates lose nothing. In evaluation mode it is an ordinary
/// <see cref="Conv2d"/>, which is what an export sees.
/// </summary>
public sealed class ConvLayer : nn.Module<Tensor, Tensor>
{
    /// <summary>
    /// Standard deviation of a head's first weights, times the root of its input channels: scores start between -1 and 1, and learning does not
    /// wait for the weights to grow.
    /// </summary>
    internal const double HeadGain = 0.5;

    private readonly Conv2d conv;
    private readonly long[] _stride, _padding, _dilation;
    private readonly long _groups;

    // libtorch 2.10's bfloat16 convolutions (oneDNN) are wrong on processors with AVX512-BF16 where channels do not fill whole blocks: wrong
    // results, gradients left as the memory was, writes beyond the buffer. With powers of 2 from 16 on, results, gradients and memory are right.
    // Layers are padded to those; where that would more than double the work, and in groups, they are computed in float32.
    private readonly bool _float32OnCpu;
    private readonly long _inPadding, _outPadding;

    // A 1x1 kernel with a stride: the pixels between are left out before, since libtorch 2.10's gradients of it (oneDNN, channels last, float32 too)
    // write beyond their memory where channels are no multiple of 16.
    private readonly bool _skipsPixels;

    /// <summary>Creates the layer. The padding is dilation * (kernel / 2): with stride 1 the size stays.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel in pixels, odd.</param>
    /// <param name="stride">Pixels between outputs; the output has ceil(size / stride) pixels a side.</param>
    /// <param name="dilation">Pixels between the kernel's taps.</param>
    /// <param name="bias">Whether a bias is added; pointless before a batch norm.</param>
    /// <param name="groups">Parts of the channels that are convolved apart; <paramref name="inChannels"/> makes it depthwise.</param>
    public ConvLayer(long inChannels, long outChannels, long kernel, long stride = 1, long dilation = 1, bool bias = false, long groups = 1)
        : this(inChannels, outChannels, (kernel, kernel), stride, dilation, bias, groups)
    {
    }

    /// <summary>Creates a layer whose kernel need not be square. The padding is dilation * (kernel / 2), unless <paramref name="padded"/> is false.</summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Height and width of the kernel in pixels.</param>
    /// <param name="stride">Pixels between outputs.</param>
    /// <param name="dilation">Pixels between the kernel's taps.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="groups">Parts of the channels that are convolved apart.</param>
    /// <param name="padded">Whether zeros surround the input; else the output is smaller than it by what the kernel covers beyond one pixel.</param>
    public ConvLayer(long inChannels, long outChannels, (long Height, long Width) kernel, long stride = 1, long dilation = 1,
        bool bias = false, long groups = 1, bool padded = true)
        : base(nameof(ConvLayer))
    {
        _stride = [stride, stride];
        _dilation = [dilation, dilation];
        _padding = padded ? [dilation * (kernel.Height / 2), dilation * (kernel.Width / 2)] : [0, 0];
        _groups = groups;
        _skipsPixels = kernel == (1, 1) && stride > 1;
        _inPadding = WholeBlocks(inChannels) - inChannels;
        _outPadding = WholeBlocks(outChannels) - outChannels;
        _float32OnCpu = groups > 1 || WholeBlocks(inChannels) * WholeBlocks(outChannels) > 2 * inChannels * outChannels;
        conv = nn.Conv2d(inChannels, outChannels, kernel, (stride, stride), (_padding[0], _padding[1]), (dilation, dilation), groups: groups, bias: bias);
        using (no_grad())
        {
            // He et al. 2015: keeps the variance through layers of ReLU. An output channel of a depthwise layer feeds but its own group.
            nn.init.kaiming_normal_(conv.weight!, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
            if (groups > 1)
            {
                conv.weight!.mul_(Math.Sqrt(groups));
            }
            if (conv.bias is not null)
            {
                nn.init.zeros_(conv.bias);
            }
        }
        RegisterComponents();
    }

    /// <summary>What <see cref="forward"/> computes in while training. Default <see cref="ScalarType.Float32"/>.</summary>
    internal ScalarType Compute { get; private set; } = ScalarType.Float32;

    /// <summary>The bias, [outChannels]; null where there is none.</summary>
    public Tensor? Bias => conv.bias;

    /// <summary>
    /// A layer that turns features into scores of classes. Its weights start so small (see <see cref="HeadGain"/>) that a network that has learnt
    /// nothing scores all pixels nearly alike, however many features there are.
    /// </summary>
    /// <param name="inChannels">Channels of the features.</param>
    /// <param name="classes">Channels of the scores.</param>
    /// <param name="bias">Whether a bias is added.</param>
    public static ConvLayer Head(long inChannels, long classes, bool bias = true) =>
        new ConvLayer(inChannels, classes, 1, bias: bias).StartNormal(HeadGain / Math.Sqrt(inChannels));

    /// <summary>Makes all weights one number.</summary>
    internal ConvLayer StartAt(double value)
    {
        using (no_grad())
        {
            nn.init.constant_(conv.weight!, value);
        }
        return this;
    }

    /// <summary>Draws the weights from a normal distribution around 0.</summary>
    internal ConvLayer StartNormal(double deviation)
    {
        using (no_grad())
        {
            nn.init.normal_(conv.weight!, 0, deviation);
        }
        return this;
    }

    /// <summary>Sets the precision of all convolutions of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="precision">Resolved: <see cref="Precision.Auto"/> counts as <see cref="Precision.Float32"/>.</param>
    public static void SetPrecision(nn.Module network, Precision precision)
    {
        ArgumentNullException.ThrowIfNull(network);
        foreach (nn.Module module in network.modules())
        {
            if (module is ConvLayer layer)
            {
                layer.Compute = precision switch
                {
                    Precision.BFloat16 => ScalarType.BFloat16,
                    Precision.Float16 => ScalarType.Float16,
                    _ => ScalarType.Float32,
                };
            }
        }
    }

    /// <summary>Convolves.</summary>
    /// <param name="input">[N, inChannels, H, W].</param>
    /// <returns>[N, outChannels, ceil(H / stride), ceil(W / stride)] where padded; while training, in the precision that is set.</returns>
    public override Tensor forward(Tensor input)
    {
        bool turns = training && input.device_type == DeviceType.CPU && !IsChannelsLast(input);
        if (!training || Compute == ScalarType.Float32 && !_skipsPixels && !turns)
        {
            return conv.call(input);
        }
        using DisposeScope scope = NewDisposeScope();
        Tensor read = turns ? ChannelsLast(input) : input;
        if (_skipsPixels)
        {
            read = read.slice(2, 0, input.shape[2], _stride[0]).slice(3, 0, input.shape[3], _stride[1]);
        }
        bool onCpu = input.device_type == DeviceType.CPU && Compute == ScalarType.BFloat16;
        Tensor result = onCpu && (_float32OnCpu || !TorchDevice.ComputesBFloat16) ? Convolve(read, ScalarType.Float32)
            : onCpu && _inPadding + _outPadding > 0 ? ConvolveInBlocks(read)
            : Convolve(read, Compute);
        return result.to_type(Compute).MoveToOuterDisposeScope();
    }

    private long[] Stride => _skipsPixels ? [1, 1] : _stride;

    private static bool IsChannelsLast(Tensor features) => features.stride(3) == features.shape[1];

    /// <summary>
    /// The same with the channels beside each other in memory: in the other order oneDNN takes in what lies beside channels that are no multiple of
    /// 16, in float32 too. Images come so, but features of a single pixel have no order, and what they are enlarged to may have the other one.
    /// </summary>
    private static Tensor ChannelsLast(Tensor features)
    {
        (long n, long channels, long height, long width) = (features.shape[0], features.shape[1], features.shape[2], features.shape[3]);
        Tensor pixels = height * width == 1 ? features.flatten(1).reshape(n, 1, 1, channels) : features.permute(0, 2, 3, 1).contiguous();
        return pixels.permute(0, 3, 1, 2);
    }

    private Tensor Convolve(Tensor input, ScalarType type) => nn.functional.conv2d(
        input.to_type(type), conv.weight!.to_type(type), conv.bias?.to_type(type), Stride, _padding, _dilation, _groups);

    private Tensor ConvolveInBlocks(Tensor input)
    {
        Tensor wide = nn.functional.pad(input.to_type(Compute), [0, 0, 0, 0, 0, _inPadding]);
        Tensor weight = nn.functional.pad(conv.weight!.to_type(Compute), [0, 0, 0, 0, 0, _inPadding, 0, _outPadding]);
        Tensor? bias = conv.bias is null ? null : nn.functional.pad(conv.bias.to_type(Compute), [0, _outPadding]);
        return nn.functional.conv2d(wide, weight, bias, Stride, _padding, _dilation).narrow(1, 0, conv.out_channels);
    }

    private static long WholeBlocks(long channels) => Math.Max(16, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)channels));
}
