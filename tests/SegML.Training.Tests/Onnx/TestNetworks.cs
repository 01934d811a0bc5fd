using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx;

/// <summary>Two convolutions and a way around them, activations in place as they are usually written.</summary>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly ReLU relu = nn.ReLU(inplace: true);
    private readonly Add add = new();
    private readonly Sequential shortcut;

    public ResidualBlock(int inputs, int outputs, int stride) : base("block")
    {
        conv1 = nn.Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);
        bn1 = nn.BatchNorm2d(outputs);
        conv2 = nn.Conv2d(outputs, outputs, 3, padding: 1, bias: false);
        bn2 = nn.BatchNorm2d(outputs);
        shortcut = inputs == outputs && stride == 1
            ? nn.Sequential()
            : nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride: stride, bias: false), nn.BatchNorm2d(outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor y = relu.call(bn1.call(conv1.call(x)));
        return relu.call(add.call(bn2.call(conv2.call(y)), shortcut.call(x)));
    }
}

/// <summary>An encoder and a decoder with skips, for any size.</summary>
internal sealed class SmallUNet : nn.Module<Tensor, Tensor>
{
    private readonly Sequential encoder1, encoder2, decoder;
    private readonly MaxPool2d pool = nn.MaxPool2d(2);
    private readonly ResizeLike up = new();
    private readonly Concat concat = new();
    private readonly Conv2d head;

    public SmallUNet() : base("unet")
    {
        encoder1 = Block(3, 6);
        encoder2 = Block(6, 8);
        decoder = Block(14, 6);
        head = nn.Conv2d(6, 4, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor skip = encoder1.call(x);
        Tensor deep = encoder2.call(pool.call(skip));
        return head.call(decoder.call(concat.call(skip, up.call(deep, skip))));
    }

    private static Sequential Block(int inputs, int outputs) => nn.Sequential(
        ("conv", nn.Conv2d(inputs, outputs, 3, padding: 1)), ("bn", nn.BatchNorm2d(outputs)), ("relu", nn.ReLU(inplace: true)));
}

/// <summary>A module whose forward is given as a function of its parts, for one test's purpose.</summary>
internal sealed class Composed : nn.Module<Tensor, Tensor>
{
    private readonly Func<nn.Module<Tensor, Tensor>[], Tensor, Tensor> _forward;
    private readonly nn.Module<Tensor, Tensor>[] _parts;

    public Composed(Func<nn.Module<Tensor, Tensor>[], Tensor, Tensor> forward, params nn.Module<Tensor, Tensor>[] parts) : base("composed")
    {
        _forward = forward;
        _parts = parts;
        for (int i = 0; i < parts.Length; i++)
        {
            register_module($"part{i}", parts[i]);
        }
    }

    public override Tensor forward(Tensor x) => _forward(_parts, x);
}

/// <summary>Two inputs, two outputs, and a parameter that a module reads as a tensor.</summary>
internal sealed class TwoWay : nn.Module<Tensor, Tensor, (Tensor, Tensor)>
{
    private readonly Parameter offset = nn.Parameter(ones(1, 3, 1, 1));
    private readonly Add add = new();
    private readonly Add shift = new();
    private readonly Conv2d conv = nn.Conv2d(3, 2, 1);

    public TwoWay() : base("two") => RegisterComponents();

    public override (Tensor, Tensor) forward(Tensor a, Tensor b)
    {
        Tensor sum = shift.call(add.call(a, b), offset);
        return (sum, conv.call(sum));
    }
}

/// <summary>Modules in a dictionary and in a list, the dictionary's nested.</summary>
internal sealed class Branches : nn.Module<Tensor, Tensor>
{
    private readonly ModuleDict<nn.Module<Tensor, Tensor>> branches = nn.ModuleDict<nn.Module<Tensor, Tensor>>(("narrow", Branch(1)), ("wide", Branch(3)));
    private readonly ModuleList<nn.Module<Tensor, Tensor>> list = nn.ModuleList<nn.Module<Tensor, Tensor>>(nn.Conv2d(3, 4, 1), nn.Sigmoid());

    public Branches() : base("branches") => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = branches["wide"].call(branches["narrow"].call(x));
        foreach (nn.Module<Tensor, Tensor> step in list)
        {
            x = step.call(x);
        }
        return x;
    }

    private static Sequential Branch(int kernel) => nn.Sequential(("conv", nn.Conv2d(3, 3, kernel, padding: kernel / 2)), ("act", nn.Tanh()));
}
