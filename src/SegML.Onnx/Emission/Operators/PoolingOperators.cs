using SegML.Onnx.Emission.Emitters;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Pooling, and windows as columns.</summary>
internal static class PoolingOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        foreach (int dims in new[] { 1, 2, 3 })
        {
            emitters
                .AddOperator($"max_pool{dims}d", e => Max(e, dims))
                .AddOperatorMany($"max_pool{dims}d_with_indices", e => [Max(e, dims), ""])
                .AddOperator($"avg_pool{dims}d", e => PoolingEmitters.Average(Batched(e, dims), dims, e.Ints(1), e.Ints(2), e.Ints(3), e.Flag(4), e.Flag(5, true),
                    e.IsNone(6) ? null : e.Int(6)))
                .AddOperator($"adaptive_avg_pool{dims}d", e => AdaptivePoolingEmitters.Pool(e, Sizes(e, dims), "ReduceMean", "GlobalAveragePool"))
                .AddOperatorMany($"adaptive_max_pool{dims}d", e => [AdaptivePoolingEmitters.Pool(e, Sizes(e, dims), "ReduceMax", "GlobalMaxPool"), ""]);
        }
        emitters
            .AddOperator("im2col", e => SlidingEmitters.Columns(e, Pair(e, 1), Pair(e, 4), Pair(e, 2), Pair(e, 3)))
            .AddOperator("col2im", e => SlidingEmitters.Image(e, Pair(e, 1), Pair(e, 2), Pair(e, 5), Pair(e, 3), Pair(e, 4)));
    }

    private static string Max(OperatorContext e, int dims) => PoolingEmitters.Max(Batched(e, dims), dims, e.Ints(1), e.Ints(2), e.Ints(3), e.Ints(4), e.Flag(5));

    private static OperatorContext Batched(OperatorContext e, int dims) =>
        e.Rank == dims + 2 ? e : throw e.Unsupported($"an input of {e.Rank} dimensions where a batch has {dims + 2}");

    private static long[] Sizes(OperatorContext e, int dims) => ConvolutionEmitters.Spread(e.Ints(1), dims);

    private static long[] Pair(OperatorContext e, int index) => ConvolutionEmitters.Spread(e.Ints(index), 2);
}
