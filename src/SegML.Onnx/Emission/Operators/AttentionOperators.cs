using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Attention of queries to keys.</summary>
internal static class AttentionOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters.AddOperator("scaled_dot_product_attention", Attention);

    // Query, key, value, mask, dropout, whether causal, scale, whether queries share keys in groups.
    private static string Attention(OperatorContext e)
    {
        if (e.Flag(7))
        {
            throw e.Unsupported("queries that share keys in groups");
        }
        int rank = e.Rank;
        string scale = e.IsNone(6) ? Scale(e, rank) : e.Float(e.Number(6));
        long[] order = ReductionOperators.All(e.Tensor(1));
        (order[^1], order[^2]) = (order[^2], order[^1]);
        string scores = e.Node("MatMul", [e.Node("Mul", [e.Value(0), scale]), e.Node("Transpose", [e.Value(1)], ("perm", order))]);
        if (!e.IsNone(3))
        {
            scores = e.Tensor(3).Type == ScalarType.Bool
                ? e.Node("Where", [e.Tensor(3).Name, scores, e.Float(double.NegativeInfinity)])
                : e.Node("Add", [scores, e.Value(3)]);
        }
        if (e.Flag(5))
        {
            scores = e.Node("Where", [Before(e, rank), scores, e.Float(double.NegativeInfinity)]);
        }
        return e.Node("MatMul", [e.Node("Softmax", [scores], ("axis", -1)), e.Value(2)]);
    }

    private static string Scale(OperatorContext e, int rank)
    {
        long features = e.Tensor(0).Shape[rank - 1];
        return e.Tensor(0).Sizes.All(s => s[rank - 1] == features)
            ? e.Float(1 / Math.Sqrt(features))
            : e.Node("Reciprocal", [e.Node("Sqrt", [e.Node("Cast", [e.Sizes(e.Tensor(0).Name, rank - 1, rank)], ("to", 1))])]);
    }

    // True where a key is not behind its query.
    private static string Before(OperatorContext e, int rank)
    {
        string Line(int tensor) => e.Node("Range", [e.Integer(0), e.Node("Squeeze", [e.Sizes(e.Tensor(tensor).Name, rank - 2, rank - 1)]), e.Integer(1)]);
        return e.Node("GreaterOrEqual", [e.Node("Unsqueeze", [Line(0), e.Integers(1)]), e.Node("Unsqueeze", [Line(1), e.Integers(0)])]);
    }
}
