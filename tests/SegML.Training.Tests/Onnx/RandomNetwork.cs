using CsCheck;
using SegML.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>
/// A network from a list of numbers: each pair picks a kind of step and its variant, read relative to what the network is at that
/// point, so that every list is a network and a shorter list a smaller one. Steps that the current size cannot carry are left out.
/// </summary>
internal sealed class RandomNetwork : nn.Module<Tensor, Tensor>
{
    private const int MaxSize = 40, MinSize = 3;
    private readonly List<Func<Tensor, List<Tensor>, Tensor>> _steps = [];
    private readonly List<string> _names = [];

    /// <summary>Draws the list.</summary>
    public static Gen<(int Kind, int Variant)[]> Plans => Gen.Select(Gen.Int[0, 21], Gen.Int[0, 23]).Array[1, 9];

    public RandomNetwork((int Kind, int Variant)[] plan) : base("random")
    {
        using IDisposable noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor x = Exported.Input(1, 3, 13, 15);
        List<Tensor> earlier = [];
        foreach ((int kind, int variant) in plan)
        {
            int registered = 0;
            void Part(nn.Module module)
            {
                register_module($"step{_steps.Count}_{registered++}", module);
                module.eval();
                // Those of modules in native memory belong to the scope that the module was created in.
                foreach (var parameter in module.parameters())
                {
                    parameter.DetachFromDisposeScope();
                }
            }

            Func<Tensor, List<Tensor>, Tensor>? step = Step(kind, variant, x, earlier, Part);
            if (step is null)
            {
                continue;
            }
            _steps.Add(step);
            _names.Add($"{kind}.{variant}");
            earlier.Add(x);
            x = step(x, earlier);
        }
        // At least one module: a network that is nothing has no graph.
        nn.Module<Tensor, Tensor> end = nn.Identity();
        register_module("end", end);
        _steps.Add((t, _) => end.call(t));
    }

    public override Tensor forward(Tensor input)
    {
        List<Tensor> earlier = [];
        Tensor x = input;
        foreach (Func<Tensor, List<Tensor>, Tensor> step in _steps)
        {
            earlier.Add(x);
            x = step(x, earlier);
        }
        return x;
    }

    public override string ToString() => string.Join(' ', _names);

    private static Func<Tensor, List<Tensor>, Tensor>? Step(int kind, int v, Tensor x, List<Tensor> earlier, Action<nn.Module> part)
    {
        long channels = x.shape[1], height = x.shape[2], width = x.shape[3], small = Math.Min(height, width), large = Math.Max(height, width);
        Func<Tensor, List<Tensor>, Tensor> Simple(nn.Module<Tensor, Tensor> module)
        {
            part(module);
            return (t, _) => module.call(t);
        }

        switch (kind)
        {
            case 0 or 1:
                PaddingModes[] modes = [PaddingModes.Zeros, PaddingModes.Reflect, PaddingModes.Replicate, PaddingModes.Circular];
                long groups = v % 3 == 0 && channels % 2 == 0 ? 2 : 1;
                return small < MinSize + 2 ? null : Simple(nn.Conv2d(channels, 2 + v % 4 * 2, v % 2 == 0 ? 3 : 1, stride: v % 5 == 4 ? 2 : 1,
                    padding: v % 2, dilation: 1 + v % 3 / 2, padding_mode: modes[v / 6], groups: groups, bias: v % 7 != 0));
            case 2 or 3:
                return Simple(nn.BatchNorm2d(channels, affine: v % 4 != 0));
            case 4 or 5:
                return Simple(Activation(v, channels));
            case 6:
                return small < MinSize * 2 ? null : Simple(v % 2 == 0
                    ? nn.MaxPool2d(2 + v % 3 / 2, 2, ceil_mode: v % 4 == 0)
                    : nn.AvgPool2d(3, 2, 1, ceil_mode: v % 4 == 1, count_include_pad: v % 3 == 0));
            case 7:
                return large * 2 > MaxSize ? null : Simple(v % 3 == 0
                    ? nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Nearest)
                    : nn.Upsample(scale_factor: [1.5, 2], mode: v % 3 == 1 ? UpsampleMode.Bilinear : UpsampleMode.Bicubic, align_corners: v % 2 == 0));
            case 8:
                return large * 2 > MaxSize || small < 2 ? null : Simple(nn.ConvTranspose2d(channels, 4, 2 + v % 3, stride: 2, padding: v % 2, bias: v % 4 != 0));
            case 9:
                nn.Module<Tensor, Tensor> around = nn.Conv2d(channels, channels, 3, padding: 1);
                var add = new Add();
                part(around);
                part(add);
                return (t, _) => add.call(around.call(t), t);
            case 10 or 11:
                int pick = earlier.Count == 0 ? 0 : v % earlier.Count;
                var resize = new ResizeLike();
                var concat = new Concat();
                if (earlier.Count == 0 || channels + earlier[pick].shape[1] > 24)
                {
                    return null;
                }
                part(resize);
                part(concat);
                return (t, all) => concat.call(t, resize.call(all[pick], t));
            case 12:
                // With the usual epsilon, what is constant over the image (a pooled pyramid level) comes out as its rounding errors times 300.
                return Simple(v % 2 == 0
                    ? nn.GroupNorm(1 + (channels % 2 == 0 ? v % 4 / 2 : 0), channels, eps: 0.01)
                    : nn.InstanceNorm2d(channels, eps: 0.01, affine: v % 4 == 1));
            case 13:
                return large + 6 > MaxSize || small < 4 ? null : Simple(v % 3 == 0 ? nn.ReflectionPad2d((1, 2, 3, 0)) : v % 3 == 1 ? nn.ReplicationPad2d(1) : nn.ZeroPad2d(2));
            case 14:
                return v % 2 == 0 ? Simple(nn.Dropout2d(0.5)) : channels % 4 != 0 || large * 2 > MaxSize ? null : Simple(nn.PixelShuffle(2));
            case 16:
                return RandomBlocks.Tokens(v, channels, small, large, part);
            case 17:
                return channels % 2 != 0 ? null : RandomBlocks.Gated(v, channels, part);
            case 18:
                return v % 3 == 0 ? channels % 2 != 0 ? null : Simple(nn.ChannelShuffle(2))
                    : v % 3 == 1 ? Simple(nn.LocalResponseNorm(2 + v % 2, alpha: 0.3))
                    : channels > 6 || height % 2 + width % 2 != 0 || small < 2 * MinSize ? null : Simple(nn.PixelUnshuffle(2));
            case 19:
                return small < MinSize * 2 ? null : Simple(v % 3 == 0 ? nn.AdaptiveMaxPool2d([3 + v % 2, 4])
                    : v % 3 == 1 ? nn.AdaptiveAvgPool2d((3, 3 + v % 4)) : nn.AvgPool2d(2, divisor_override: 3));
            case 20:
                return RandomBlocks.Excited(v, channels, part);
            case 21:
                return small < MinSize + 1 ? null : Simple(v % 2 == 0
                    // Scaled, for an activation in place may not write into a view of what is read again.
                    ? nn.Sequential(new Slice(2 + v % 4 / 2, 1, v % 3 == 0 ? -1 : long.MaxValue), new Scale(1.25))
                    : nn.Conv2d(channels, 4, (1, 3), padding: (0, 1)));
            default:
                nn.Module<Tensor, Tensor> pool = nn.AdaptiveAvgPool2d(1 + v % 3), squeeze = nn.Conv2d(channels, 2, 1);
                var back = new ResizeLike();
                var join = new Concat();
                nn.Module[] parts = [pool, squeeze, back, join];
                Array.ForEach(parts, part);
                return (t, _) => join.call(t, back.call(squeeze.call(pool.call(t)), t));
        }
    }

    private static nn.Module<Tensor, Tensor> Activation(int variant, long channels) => (variant % 12) switch
    {
        0 => nn.ReLU(inplace: variant >= 12),
        1 => nn.LeakyReLU(0.1, inplace: variant >= 12),
        2 => nn.PReLU(channels),
        3 => nn.SiLU(inplace: variant >= 12),
        4 => nn.Hardswish(inplace: variant >= 12),
        5 => nn.GELU(),
        6 => nn.ELU(inplace: variant >= 12),
        7 => nn.Sigmoid(),
        8 => nn.Softmax(1),
        9 => nn.Mish(),
        10 => nn.ReLU6(),
        _ => nn.Softplus(),
    };
}
