using SegML.Onnx.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Comparisons, logic and choice.</summary>
internal static class ComparisonOperators
{
    // From the narrowest to the widest: what two tensors are compared in.
    private static readonly ScalarType[] Widths = [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64,
        ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64];

    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .AddOperator("eq", e => Compare(e, "Equal"))
            .AddOperator("ne", e => e.Node("Not", [Compare(e, "Equal")]))
            .AddOperator("gt", e => Compare(e, "Greater"))
            .AddOperator("lt", e => Compare(e, "Less"))
            .AddOperator("ge", e => Compare(e, "GreaterOrEqual"))
            .AddOperator("le", e => Compare(e, "LessOrEqual"))
            .AddOperator("isnan", e => e.Node("IsNaN", [e.Input]))
            .AddOperator("isinf", e => e.Node("IsInf", [e.Input]))
            .AddOperator("isfinite", e => e.Node("Not", [e.Node("Or", [e.Node("IsNaN", [e.Input]), e.Node("IsInf", [e.Input])])]))
            .AddOperator("logical_not", e => e.Node("Not", [e.Value(0, ScalarType.Bool)]))
            .AddOperator("bitwise_not", e => Logic(e, "Not"));
        foreach ((string name, string opType) in new[] { ("and", "And"), ("or", "Or"), ("xor", "Xor") })
        {
            emitters
                .AddOperator($"logical_{name}", e => e.Node(opType, [e.Value(0, ScalarType.Bool), e.Value(1, ScalarType.Bool)]))
                .AddOperator($"bitwise_{name}", e => Logic(e, opType))
                .AddOperator($"__{name}__", e => Logic(e, opType));
        }
        emitters
            .AddOperator("where", e => e.Node("Where", [e.Value(0, ScalarType.Bool), e.Value(1), e.Value(2)]))
            .AddOperator("masked_fill", e => e.Node("Where", [e.Value(1, ScalarType.Bool), e.Value(2), e.Value(0)]));
    }

    private static string Compare(OperatorContext e, string opType)
    {
        ScalarType type = Common(e);
        // ONNX orders no truth values.
        type = type == ScalarType.Bool && opType != "Equal" ? ScalarType.Int32 : type;
        return e.Node(opType, [e.Value(0, type), e.Value(1, type)]);
    }

    private static ScalarType Common(OperatorContext e)
    {
        ScalarType[] tensors = [.. new[] { 0, 1 }.Where(e.IsTensor).Select(i => e.Tensor(i)).OrderByDescending(t => t.Rank > 0).Take(Deciding(e)).Select(t => t.Type)];
        ScalarType widest = tensors.MaxBy(t => Array.IndexOf(Widths, t));
        return !e.IsTensor(1) && e.Argument(1) is double && !widest.IsFloatingPoint() ? ScalarType.Float32
            : !e.IsTensor(1) && e.Argument(1) is long && widest == ScalarType.Bool ? ScalarType.Int64 : widest;
    }

    // A tensor without dimensions has no say beside one that has some, if both are of one kind.
    private static int Deciding(OperatorContext e)
    {
        if (!e.IsTensor(0) || !e.IsTensor(1))
        {
            return 1;
        }
        TracedTensor a = e.Tensor(0), b = e.Tensor(1);
        return a.Rank > 0 != b.Rank > 0 && a.Type.IsFloatingPoint() == b.Type.IsFloatingPoint() ? 1 : 2;
    }

    private static string Logic(OperatorContext e, string opType) => e.Output.Type == ScalarType.Bool
        ? e.Node(opType, opType == "Not" ? [e.Value(0)] : [e.Value(0), e.Value(1)])
        : throw e.Unsupported($"the bits of {e.Output.Type}");
}
