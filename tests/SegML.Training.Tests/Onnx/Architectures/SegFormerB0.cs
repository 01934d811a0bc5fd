using SegML.Onnx.Modules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Tests.Onnx.Architectures;

/// <summary>SegFormer-B0 (Xie et al. 2021, https://arxiv.org/abs/2105.15203) with its all-MLP decoder: logits at a quarter of the size.</summary>
internal sealed class SegFormerB0 : nn.Module<Tensor, Tensor>
{
    private static readonly (int Width, int Heads, int Reduction, int Kernel, int Stride)[] Table =
        [(32, 1, 8, 7, 4), (64, 2, 4, 3, 2), (160, 5, 2, 3, 2), (256, 8, 1, 3, 2)];

    private readonly ModuleList<Stage> stages = [];
    private readonly ModuleList<Conv2d> projections = [];
    private readonly ResizeLike resize = new();
    private readonly Concat concat = new();
    private readonly Sequential fuse;

    public SegFormerB0(int classes, int decoder = 256) : base("segformer")
    {
        int inputs = 3;
        foreach ((int width, int heads, int reduction, int kernel, int stride) in Table)
        {
            stages.Add(new Stage(inputs, width, heads, reduction, kernel, stride));
            projections.Add(nn.Conv2d(width, decoder, 1));
            inputs = width;
        }
        fuse = nn.Sequential(("conv", nn.Conv2d(4 * decoder, decoder, 1, bias: false)), ("bn", nn.BatchNorm2d(decoder)), ("relu", nn.ReLU()),
            ("dropout", nn.Dropout(0.1)), ("classify", nn.Conv2d(decoder, classes, 1)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor? first = null, all = null;
        for (int i = 0; i < stages.Count; i++)
        {
            x = stages[i].call(x);
            Tensor projected = projections[i].call(x);
            first ??= projected;
            all = all is null ? projected : concat.call(resize.call(projected, first), all);
        }
        return fuse.call(all!);
    }

    private sealed class Stage : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d embed;
        private readonly LayerNorm enter, leave;
        private readonly ModuleList<Block> blocks = [];
        private readonly Flatten flatten = nn.Flatten(2);
        private readonly Permute toTokens = new(0, 2, 1), toChannels = new(0, 2, 1);
        private readonly UnflattenLike unflatten = new();

        public Stage(int inputs, int width, int heads, int reduction, int kernel, int stride) : base("stage")
        {
            embed = nn.Conv2d(inputs, width, kernel, stride: stride, padding: kernel / 2);
            enter = nn.LayerNorm(width);
            leave = nn.LayerNorm(width);
            for (int i = 0; i < 2; i++)
            {
                blocks.Add(new Block(width, heads, reduction));
            }
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            Tensor image = embed.call(x), tokens = enter.call(toTokens.call(flatten.call(image)));
            foreach (Block block in blocks)
            {
                tokens = block.call(tokens, image);
            }
            return unflatten.call(toChannels.call(leave.call(tokens)), image);
        }
    }

    /// <summary>Attention and feed-forward over tokens <c>[N, H * W, C]</c>; the image they come from only says H and W.</summary>
    private sealed class Block : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly LayerNorm norm1, norm2;
        private readonly Attention attention;
        private readonly FeedForward feedForward;
        private readonly Add add1 = new(), add2 = new();

        public Block(int width, int heads, int reduction) : base("block")
        {
            norm1 = nn.LayerNorm(width);
            norm2 = nn.LayerNorm(width);
            attention = new Attention(width, heads, reduction);
            feedForward = new FeedForward(width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens, Tensor image)
        {
            tokens = add1.call(tokens, attention.call(norm1.call(tokens), image));
            return add2.call(tokens, feedForward.call(norm2.call(tokens), image));
        }
    }

    private sealed class Attention : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Linear query, keyValue, project;
        private readonly Conv2d? reduce;
        private readonly LayerNorm? norm;
        private readonly Flatten flatten = nn.Flatten(2);
        private readonly Permute swap = new(0, 2, 1), heads = new(0, 2, 1, 3), keys = new(0, 2, 3, 1);
        private readonly UnflattenLike unflatten = new();
        private readonly Chunk chunk = new(2, -1);
        private readonly Reshape split, join;
        private readonly MatMul scores = new(), weigh = new();
        private readonly Scale scale;
        private readonly Softmax softmax = nn.Softmax(-1);

        public Attention(int width, int heads, int reduction) : base("attention")
        {
            query = nn.Linear(width, width);
            keyValue = nn.Linear(width, 2 * width);
            project = nn.Linear(width, width);
            reduce = reduction > 1 ? nn.Conv2d(width, width, reduction, stride: reduction) : null;
            norm = reduction > 1 ? nn.LayerNorm(width) : null;
            split = new Reshape(0, -1, heads, width / heads);
            join = new Reshape(0, -1, width);
            scale = new Scale(1 / Math.Sqrt((double)width / heads));
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens, Tensor image)
        {
            Tensor source = reduce is null ? tokens : norm!.call(swap.call(flatten.call(reduce.call(unflatten.call(swap.call(tokens), image)))));
            Tensor[] both = chunk.call(keyValue.call(source));
            Tensor q = heads.call(split.call(query.call(tokens))), k = keys.call(split.call(both[0])), v = heads.call(split.call(both[1]));
            Tensor shares = softmax.call(scale.call(scores.call(q, k)));
            return project.call(join.call(heads.call(weigh.call(shares, v))));
        }
    }

    private sealed class FeedForward : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Linear expand, shrink;
        private readonly Conv2d depthwise;
        private readonly GELU gelu = nn.GELU();
        private readonly Flatten flatten = nn.Flatten(2);
        private readonly Permute swap = new(0, 2, 1);
        private readonly UnflattenLike unflatten = new();

        public FeedForward(int width) : base("feedforward")
        {
            expand = nn.Linear(width, 4 * width);
            depthwise = nn.Conv2d(4 * width, 4 * width, 3, padding: 1, groups: 4 * width);
            shrink = nn.Linear(4 * width, width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor tokens, Tensor image)
        {
            Tensor hidden = depthwise.call(unflatten.call(swap.call(expand.call(tokens)), image));
            return shrink.call(gelu.call(swap.call(flatten.call(hidden))));
        }
    }
}
