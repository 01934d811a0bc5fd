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
                .AddOperator($"adaptive_avg_pool{dims}d", e => dims < 3 && e.Rank == dims + 2 && Varies(e) ? MeansOfVarying(e, dims)
                    : AdaptivePoolingEmitters.Pool(e, Sizes(e, dims), "ReduceMean", "GlobalAveragePool"))
                .AddOperatorMany($"adaptive_max_pool{dims}d", e => [AdaptivePoolingEmitters.Pool(e, Sizes(e, dims), "ReduceMax", "GlobalMaxPool"), ""]);
        }
        emitters
            .AddOperator("im2col", e => SlidingEmitters.Columns(e, Pair(e, 1), Pair(e, 4), Pair(e, 2), Pair(e, 3)))
            .AddOperator("col2im", e => SlidingEmitters.Image(e, Pair(e, 1), Pair(e, 2), Pair(e, 5), Pair(e, 3), Pair(e, 4)));
    }

    private static bool Varies(OperatorContext e) => e.Elements(1).Any(size => size.Any(s => s != size[0]));

    // To a size that C# code computed from the input's: a matrix for each dimension, with one row for each output that averages what that one looks at.
    private static string MeansOfVarying(OperatorContext e, int dims)
    {
        string value = e.Value(0);
        for (int d = 0; d < dims; d++)
        {
            int axis = d + 2;
            string inputs = e.Sizes(e.Tensor(0).Name, axis, axis + 1), outputs = e.OutputSize(axis);
            string Line(string count, long across) => e.Node("Unsqueeze", [e.Node("Range", [e.Integer(0), e.Node("Squeeze", [count]), e.Integer(1)]), e.Integers(across)]);
            string from = Line(outputs, 1), place = Line(inputs, 0);
            string start = e.Node("Div", [e.Node("Mul", [from, inputs]), outputs]);
            string next = e.Node("Mul", [e.Node("Add", [from, e.Integers(1)]), inputs]);
            string end = e.Node("Div", [e.Node("Add", [next, e.Node("Sub", [outputs, e.Integers(1)])]), outputs]);
            string looksAt = e.Node("And", [e.Node("GreaterOrEqual", [place, start]), e.Node("Less", [place, end])]);
            string rows = e.Node("Div", [e.Node("Cast", [looksAt], ("to", 1)), e.Node("Cast", [e.Node("Sub", [end, start])], ("to", 1))]);
            value = axis == dims + 1 ? e.Node("MatMul", [value, e.Node("Transpose", [rows], ("perm", new long[] { 1, 0 }))]) : e.Node("MatMul", [rows, value]);
        }
        return value;
    }

    private static string Max(OperatorContext e, int dims) => PoolingEmitters.Max(Batched(e, dims), dims, e.Ints(1), e.Ints(2), e.Ints(3), e.Ints(4), e.Flag(5));

    private static OperatorContext Batched(OperatorContext e, int dims) =>
        e.Rank == dims + 2 ? e : throw e.Unsupported($"an input of {e.Rank} dimensions where a batch has {dims + 2}");

    private static long[] Sizes(OperatorContext e, int dims) => ConvolutionEmitters.Spread(e.Ints(1), dims);

    private static long[] Pair(OperatorContext e, int index) => ConvolutionEmitters.Spread(e.Ints(index), 2);
}
