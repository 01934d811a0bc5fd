using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Architectures;

/// <summary>ResNet-18 (He et al. 2016, https://arxiv.org/abs/1512.03385), as it classifies.</summary>
internal sealed class ResNet18 : nn.Module<Tensor, Tensor>
{
    private readonly Sequential stem, stages;
    private readonly AdaptiveAvgPool2d pool = nn.AdaptiveAvgPool2d(1);
    private readonly Flatten flatten = nn.Flatten();
    private readonly Linear fc;

    public ResNet18(int classes = 1000) : base("resnet18")
    {
        stem = nn.Sequential(("conv", nn.Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false)), ("bn", nn.BatchNorm2d(64)),
            ("relu", nn.ReLU(inplace: true)), ("pool", nn.MaxPool2d(3, 2, 1)));
        int[] widths = [64, 64, 128, 256, 512];
        stages = nn.Sequential([.. Enumerable.Range(1, 4).SelectMany(i => new (string, nn.Module<Tensor, Tensor>)[]
        {
            ($"layer{i}a", new ResidualBlock(widths[i - 1], widths[i], i == 1 ? 1 : 2)),
            ($"layer{i}b", new ResidualBlock(widths[i], widths[i], 1)),
        })]);
        fc = nn.Linear(512, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => fc.call(flatten.call(pool.call(stages.call(stem.call(x)))));
}
