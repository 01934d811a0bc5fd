using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Sums, means, extremes and the like over some or all dimensions.</summary>
internal static class ReductionOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        // Either (input, type), or (input, dimensions, keep, type).
        .AddOperator("sum", e => Reduced(e, "ReduceSum"))
        .AddOperator("mean", e => Reduced(e, "ReduceMean"))
        .AddOperator("prod", e => Reduced(e, "ReduceProd"))
        .AddOperator("nansum", e => throw e.Unsupported("NaN that is left out"))
        .AddOperator("amax", e => Of(e, "ReduceMax", e.Value(0), e.Ints(1), e.Flag(2)))
        .AddOperator("amin", e => Of(e, "ReduceMin", e.Value(0), e.Ints(1), e.Flag(2)))
        .AddOperator("logsumexp", e => Of(e, "ReduceLogSumExp", e.Value(0), e.Ints(1), e.Flag(2)))
        .AddOperator("any", e => Truth(e, "ReduceMax"))
        .AddOperator("all", e => Truth(e, "ReduceMin"))
        .AddOperator("cumsum", e => e.Node("CumSum", [e.Value(0), e.Integer(e.Axis(1, e.Rank))]))
        .AddOperator("var", e => Variance(e)[0])
        .AddOperator("std", e => e.Node("Sqrt", [Variance(e)[0]]))
        .AddOperatorMany("var_mean", Variance)
        .AddOperatorMany("std_mean", e => Variance(e) is [string variance, string mean] ? [e.Node("Sqrt", [variance]), mean] : []);

    /// <summary>All dimensions of a tensor.</summary>
    internal static long[] All(TracedTensor tensor) => [.. Enumerable.Range(0, tensor.Rank).Select(i => (long)i)];

    internal static string Sum(EmitContext e, string value, bool keep, params long[] axes) => e.Node("ReduceSum", [value, e.Integers(axes)], ("keepdims", keep));

    private static string Reduced(OperatorContext e, string opType) => e.Count <= 2
        ? Of(e, opType, e.Value(0), [], keep: false)
        : Of(e, opType, e.Value(0), e.Ints(1), e.Flag(2));

    private static string Of(OperatorContext e, string opType, string value, long[] axes, bool keep)
    {
        TracedTensor input = e.Inputs[0]!;
        if (input.Rank == 0)
        {
            return e.Node("Identity", [value]);
        }
        axes = axes.Length == 0 ? All(input) : axes;
        return opType == "ReduceSum" ? Sum(e, value, keep, axes) : AdaptivePoolingEmitters.Reduce(e, opType, value, keep, axes);
    }

    private static string Truth(OperatorContext e, string opType)
    {
        string numbers = e.Cast(e.Cast(e.Tensor(0), ScalarType.Bool), ScalarType.Bool, ScalarType.Int32);
        return e.Cast(Of(e, opType, numbers, e.Ints(1), e.Flag(2)), ScalarType.Int32, ScalarType.Bool);
    }

    // (input, unbiased), (input, dimensions, unbiased or correction, keep).
    private static string[] Variance(OperatorContext e)
    {
        TracedTensor input = e.Tensor(0);
        bool all = e.Count == 2 && e.Argument(1) is bool || e.IsNone(1);
        long[] axes = all ? All(input) : [.. e.Ints(1).Select(a => a < 0 ? a + input.Rank : a)];
        long correction = e.Count == 2 ? e.Int(1, 1) : e.Int(2, 1);
        bool keep = e.Flag(3);
        string value = e.Value(0), mean = AdaptivePoolingEmitters.Reduce(e, "ReduceMean", value, keep: true, axes);
        string centred = e.Node("Sub", [value, mean]), squares = Sum(e, e.Node("Mul", [centred, centred]), keep, axes);
        string sizes = e.Node("Gather", [e.Node("Shape", [value]), e.Integers(axes)]);
        string count = e.Node("ReduceProd", [e.Node("Cast", [sizes], ("to", 1))], ("keepdims", 0));
        string variance = e.Node("Div", [squares, correction == 0 ? count : e.Node("Sub", [count, e.Float(correction)])]);
        return e.Outputs.Count == 1 ? [variance] : [variance, AdaptivePoolingEmitters.Reduce(e, "ReduceMean", value, keep, axes)];
    }
}
