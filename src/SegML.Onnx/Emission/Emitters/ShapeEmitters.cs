using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Modules that move values and compute none, and those that do nothing in evaluation mode.</summary>
internal static class ShapeEmitters
{
    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .Add<Identity>((_, e) => e.Input)
            .Add<Sequential>((_, e) => e.Input)
            .Add<Dropout>((_, e) => e.Input)
            .Add<Dropout1d>((_, e) => e.Input)
            .Add<Dropout2d>((_, e) => e.Input)
            .Add<Dropout3d>((_, e) => e.Input)
            .Add<AlphaDropout>((_, e) => e.Input)
            .Add<FeatureAlphaDropout>((_, e) => e.Input);
        emitters
            .Add<Flatten>(Flattened)
            .Add<Unflatten>(Unflattened)
            .Add<PixelShuffle>((m, e) => e.Node("DepthToSpace", [e.Input], ("blocksize", m.upscale_factor), ("mode", "CRD")))
            .Add<PixelUnshuffle>(Unshuffled)
            .Add<ChannelShuffle>(Shuffled);
    }

    private static string Flattened(Flatten module, EmitContext e)
    {
        int start = (int)Positive(module.start_dim, e.Rank), end = (int)Positive(module.end_dim, e.Rank);
        return start == end ? e.Input : Reshape(e, start, [-1], end + 1);
    }

    private static string Unflattened(Unflatten module, EmitContext e)
    {
        int dim = (int)Positive(module.dim, e.Rank);
        return Reshape(e, dim, module.unflattened_size, dim + 1);
    }

    // Replaces the dimensions from start to end by others; the rest is measured at run time.
    private static string Reshape(EmitContext e, int start, long[] middle, int end)
    {
        List<string> parts = [e.Integers(middle)];
        if (start > 0)
        {
            parts.Insert(0, e.Sizes(e.Input, 0, start));
        }
        if (end < e.Rank)
        {
            parts.Add(e.Sizes(e.Input, end, e.Rank));
        }
        return e.Node("Reshape", [e.Input, parts.Count == 1 ? parts[0] : e.Node("Concat", parts, ("axis", 0))]);
    }

    // SpaceToDepth puts the block's position before the channel, TorchSharp after it.
    private static string Unshuffled(PixelUnshuffle module, EmitContext e)
    {
        return Unshuffled(e, module.downscale_factor);
    }

    internal static string Unshuffled(EmitContext e, long factor)
    {
        long block = factor * factor, channels = e.Inputs[0]!.Shape[1];
        string blocks = e.Node("SpaceToDepth", [e.Input], ("blocksize", factor));
        return e.Node("Gather", [blocks, e.Integers(Transposed(block, channels))], ("axis", 1));
    }

    private static string Shuffled(ChannelShuffle module, EmitContext e) => Shuffled(e, module.groups);

    internal static string Shuffled(EmitContext e, long groups)
    {
        long channels = e.Inputs[0]!.Shape[1];
        return e.Node("Gather", [e.Input, e.Integers(Transposed(groups, channels / groups))], ("axis", 1));
    }

    // Where the elements of a [rows, columns] table are once it is transposed.
    private static long[] Transposed(long rows, long columns)
    {
        var order = new long[rows * columns];
        for (long i = 0; i < order.Length; i++)
        {
            order[i] = i % rows * columns + i / rows;
        }
        return order;
    }

    internal static long Positive(long dim, int rank) => dim < 0 ? dim + rank : dim;
}
