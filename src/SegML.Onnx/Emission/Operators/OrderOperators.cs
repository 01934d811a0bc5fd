using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Extremes with their positions, and sorting.</summary>
internal static class OrderOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperatorMany("max", e => Extreme(e, "Max"))
        .AddOperatorMany("min", e => Extreme(e, "Min"))
        .AddOperator("argmax", e => Position(e, "ArgMax"))
        .AddOperator("argmin", e => Position(e, "ArgMin"))
        .AddOperatorMany("topk", e => Sorted(e, e.Size(1), e.Axis(2, e.Rank, -1), e.Flag(3, true)))
        .AddOperatorMany("sort", e => Sorted(e, stable: e.Count > 3))
        .AddOperator("argsort", e => Sorted(e, stable: e.Count > 3)[1]);

    // Of all values, of two tensors, or along a dimension.
    private static string[] Extreme(OperatorContext e, string kind)
    {
        if (e.Count == 1)
        {
            return [e.Rank == 0 ? e.Node("Identity", [e.Input]) : AdaptivePoolingEmitters.Reduce(e, $"Reduce{kind}", e.Value(0), keep: false, ReductionOperators.All(e.Tensor(0)))];
        }
        if (e.IsTensor(1))
        {
            return [e.Node(kind, [e.Value(0), e.Value(1)])];
        }
        long axis = e.Axis(1, e.Rank);
        bool keep = e.Flag(2);
        string[] values = [AdaptivePoolingEmitters.Reduce(e, $"Reduce{kind}", e.Value(0), keep, axis)];
        return e.Outputs.Count == 1 ? values : [values[0], e.Node($"Arg{kind}", [e.Value(0)], ("axis", axis), ("keepdims", keep))];
    }

    private static string Position(OperatorContext e, string opType)
    {
        string value = e.Tensor(0).Type == ScalarType.Bool ? e.Value(0, ScalarType.Int32) : e.Tensor(0).Name;
        if (e.IsNone(1))
        {
            string found = e.Node(opType, [e.Node("Reshape", [value, e.Integers(-1)])], ("axis", 0), ("keepdims", 0));
            return e.Flag(2) ? e.Node("Reshape", [found, e.Integers([.. e.Output.Shape.Select(_ => 1L)])]) : found;
        }
        return e.Node(opType, [value], ("axis", e.Axis(1, e.Rank)), ("keepdims", e.Flag(2)));
    }

    private static string[] Sorted(OperatorContext e, bool stable)
    {
        int axis = e.Axis(stable ? 2 : 1, e.Rank, -1);
        return Sorted(e, e.Sizes(e.Tensor(0).Name, axis, axis + 1), axis, e.Flag(stable ? 3 : 2));
    }

    private static string[] Sorted(OperatorContext e, string count, int axis, bool descending)
    {
        TracedTensor input = e.Tensor(0);
        return e.Node("TopK", [input.Name, count], 2, ("axis", axis), ("largest", descending), ("sorted", 1));
    }
}
