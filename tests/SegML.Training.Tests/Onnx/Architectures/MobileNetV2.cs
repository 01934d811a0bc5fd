using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Architectures;

/// <summary>MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381), as it classifies.</summary>
internal sealed class MobileNetV2 : nn.Module<Tensor, Tensor>
{
    // Expansion, channels, repetitions, first stride: the paper's table 2.
    private static readonly (int Expansion, int Channels, int Count, int Stride)[] Table =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly Sequential features, classifier;
    private readonly Mean mean = new([2, 3]);

    public MobileNetV2(int classes = 1000) : base("mobilenetv2")
    {
        List<(string, nn.Module<Tensor, Tensor>)> blocks = [("stem", Unit(3, 32, 3, 2, 1))];
        int channels = 32;
        foreach ((int expansion, int width, int count, int stride) in Table)
        {
            for (int i = 0; i < count; i++)
            {
                blocks.Add(($"block{blocks.Count}", new InvertedResidual(channels, width, expansion, i == 0 ? stride : 1)));
                channels = width;
            }
        }
        blocks.Add(("last", Unit(channels, 1280, 1, 1, 1)));
        features = nn.Sequential(blocks);
        classifier = nn.Sequential(("dropout", nn.Dropout(0.2)), ("fc", nn.Linear(1280, classes)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => classifier.call(mean.call(features.call(x)));

    private static Sequential Unit(int inputs, int outputs, int kernel, int stride, int groups) => nn.Sequential(
        ("conv", nn.Conv2d(inputs, outputs, kernel, stride: stride, padding: kernel / 2, groups: groups, bias: false)),
        ("bn", nn.BatchNorm2d(outputs)), ("relu", nn.ReLU6(inplace: true)));

    private sealed class InvertedResidual : nn.Module<Tensor, Tensor>
    {
        private readonly Sequential steps;
        private readonly Add? add;

        public InvertedResidual(int inputs, int outputs, int expansion, int stride) : base("inverted")
        {
            int hidden = inputs * expansion;
            List<(string, nn.Module<Tensor, Tensor>)> parts = [];
            if (expansion > 1)
            {
                parts.Add(("expand", Unit(inputs, hidden, 1, 1, 1)));
            }
            parts.AddRange([("depthwise", Unit(hidden, hidden, 3, stride, hidden)), ("project", nn.Conv2d(hidden, outputs, 1, bias: false)), ("bn", nn.BatchNorm2d(outputs))]);
            steps = nn.Sequential(parts);
            add = stride == 1 && inputs == outputs ? new Add() : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => add is null ? steps.call(x) : add.call(x, steps.call(x));
    }
}
