using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Training.Networks;

/// <summary>Options of <see cref="FcHarDNet"/>: <c>"network": { "name": "fc-hardnet", "options": { "depth": 68 } }</c>.</summary>
public sealed record FcHarDNetOptions
{
    /// <summary>
    /// Which of the authors' networks: 68, 76 or 84 (the paper's, for CamVid: 1.4, 3.5 and 8.4 million parameters, at full resolution),
    /// or 70 (from their repository, 4.1 million parameters, beginning at 1/4 and five times as fast as 68). Default 70.
    /// </summary>
    public int Depth { get; init; } = 70;

    /// <summary>Share of the values before the last convolution that training drops at random, 0 to below 1. Default 0.</summary>
    public double Dropout { get; init; }
}

/// <summary>
/// "fc-hardnet" (Chao et al. 2019, HarDNet, https://arxiv.org/abs/1909.00948; FC-HarDNet-70 from https://github.com/PingoLH/FCHarDNet):
/// a U of harmonic dense blocks, in which layer l reads layers l - 1, l - 2, l - 4, ... as far as these powers of two divide l. The
/// paper's networks follow FC-DenseNet (Jégou et al. 2017): a block's input is part of its output on the way down, and transposed
/// convolutions lead up. FC-HarDNet-70 drops the input, and halves channels by a 1x1 convolution on the way up.
/// </summary>
public sealed class FcHarDNet : SegmentationNetwork
{
    /// <summary>Where one network differs from another.</summary>
    /// <param name="Stem">Channels of the first 3x3 convolutions; where there are several, each second one begins by halving the resolution.</param>
    /// <param name="Layers">Layers of each block, from the finest to the coarsest.</param>
    /// <param name="Growth">Channels of each block's odd layers.</param>
    /// <param name="Transitions">Channels after each block; null: as the paper's networks have it.</param>
    private sealed record Layout(int[] Stem, int[] Layers, int[] Growth, int[]? Transitions = null);

    private readonly bool _dense;
    private readonly Sequential stem;
    private readonly ModuleList<nn.Module<Tensor, Tensor>> down = [], transition = [], rise = [], up = [];
    private readonly nn.Module<Tensor, Tensor> pool;
    private readonly Concat concat = new();
    private readonly ResizeLike resize = new();
    private readonly ConvLayer head;

    /// <summary>Creates the network with random weights.</summary>
    /// <param name="classes">Channels of the logits, at least 1.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="channels">Channels of the input, at least 1. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public FcHarDNet(int classes, FcHarDNetOptions? options = null, int channels = 3) : base("fc-hardnet", options?.Dropout ?? 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        Layout layout = LayoutOf(options ?? new FcHarDNetOptions());
        _dense = layout.Transitions is null;
        pool = _dense ? nn.MaxPool2d(2, stride: 2, ceil_mode: true) : nn.AvgPool2d(2, stride: 2, ceil_mode: true);
        stem = nn.Sequential(layout.Stem.Select((c, i) => (nn.Module<Tensor, Tensor>)new ConvNorm(
            i == 0 ? channels : layout.Stem[i - 1], c, 3, stride: !_dense && i % 2 == 0 ? 2 : 1)));
        int features = layout.Stem[^1], blocks = layout.Layers.Length;
        var skips = new int[blocks];
        for (int i = 0; i < blocks; i++)
        {
            var block = new HarmonicBlock(features, layout.Growth[i], layout.Layers[i]);
            down.Add(block);
            bool last = i == blocks - 1;
            features = skips[i] = block.OutChannels + (_dense && !last ? features : 0);
            if (!_dense || !last)
            {
                int next = layout.Transitions?[i] ?? features;
                transition.Add(new ConvNorm(features, next, 1));
                features = next;
            }
        }
        for (int i = blocks - 2; i >= 0; i--)
        {
            int joined = features + skips[i], entry = _dense ? joined : joined / 2;
            rise.Add(_dense ? new TransposedConvLayer(features, features, 3) : new ConvNorm(joined, entry, 1));
            var block = new HarmonicBlock(entry, layout.Growth[i], layout.Layers[i]);
            up.Add(block);
            features = block.OutChannels;
        }
        Stride = (_dense ? 1 : 4) << blocks - 1;
        head = ConvLayer.Head(features, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int Stride { get; }

    /// <inheritdoc/>
    public override Tensor LogitBias => head.Bias!;

    /// <inheritdoc/>
    public override Tensor CoarseLogits(Tensor image)
    {
        using DisposeScope scope = NewDisposeScope();
        var skips = new Stack<Tensor>();
        Tensor x = stem.call(image);
        for (int i = 0; i < down.Count - 1; i++)
        {
            Tensor features = down[i].call(x);
            skips.Push(_dense ? concat.call(x, features) : features);
            x = pool.call(transition[i].call(skips.Peek()));
        }
        x = down[^1].call(x);
        if (!_dense)
        {
            x = transition[^1].call(x);
        }
        for (int i = 0; i < up.Count; i++)
        {
            Tensor skip = skips.Pop();
            x = _dense
                ? concat.call(resize.call(rise[i].call(x), skip), skip)
                : rise[i].call(concat.call(resize.call(x, skip), skip));
            x = up[i].call(x);
        }
        return head.call(Drop(x)).MoveToOuterDisposeScope();
    }

    // The paper's table 3, and the authors' repository for 70.
    private static Layout LayoutOf(FcHarDNetOptions options) => options.Depth switch
    {
        68 => new([8], [4, 4, 4, 4, 8, 8], [4, 6, 8, 8, 10, 10]),
        70 => new([16, 24, 32, 48], [4, 4, 8, 8, 8], [10, 16, 18, 24, 32], [64, 96, 160, 224, 320]),
        76 => new([24], [4, 4, 4, 8, 8, 8], [8, 10, 12, 12, 12, 14]),
        84 => new([32], [4, 4, 8, 8, 8, 8], [10, 12, 14, 16, 20, 22]),
        _ => throw new ArgumentOutOfRangeException(nameof(options), $"depth {options.Depth} is not 68, 70, 76 or 84"),
    };

    /// <summary>A harmonic dense block; its output joins its odd layers and the last one.</summary>
    private sealed class HarmonicBlock : nn.Module<Tensor, Tensor>
    {
        private const double Multiplier = 1.7;
        private readonly int[][] _sources;
        private readonly ModuleList<nn.Module<Tensor, Tensor>> layers = [];
        private readonly Concat concat = new();

        public HarmonicBlock(int inChannels, int growth, int count) : base(nameof(HarmonicBlock))
        {
            _sources = [.. Enumerable.Range(1, count).Select(Sources)];
            int[] channels = [inChannels, .. _sources.Select(s => Channels(growth, s.Length))];
            for (int layer = 1; layer <= count; layer++)
            {
                layers.Add(new ConvNorm(_sources[layer - 1].Sum(s => channels[s]), channels[layer], 3));
            }
            OutChannels = Kept.Sum(layer => channels[layer]);
            RegisterComponents();
        }

        public int OutChannels { get; }

        private IEnumerable<int> Kept => Enumerable.Range(1, layers.Count).Where(layer => layer % 2 == 1 || layer == layers.Count);

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            var outputs = new Tensor[layers.Count + 1];
            outputs[0] = input;
            for (int layer = 1; layer < outputs.Length; layer++)
            {
                outputs[layer] = layers[layer - 1].call(Join(_sources[layer - 1].Select(s => outputs[s])));
            }
            return Join(Kept.Select(layer => outputs[layer])).MoveToOuterDisposeScope();
        }

        private Tensor Join(IEnumerable<Tensor> tensors) => tensors.Aggregate(concat.call);

        private static int[] Sources(int layer) =>
            [.. Enumerable.Range(0, 31).Select(i => 1 << i).Where(power => power <= layer && layer % power == 0).Select(power => layer - power)];

        // A layer that more layers read is wider, by the multiplier for each source after its first; rounded to even numbers.
        private static int Channels(int growth, int sources) => ((int)(growth * Math.Pow(Multiplier, sources - 1)) + 1) / 2 * 2;
    }
}
