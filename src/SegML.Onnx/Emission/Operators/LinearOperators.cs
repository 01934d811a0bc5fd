using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Matrix products.</summary>
internal static class LinearOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        foreach (string product in new[] { "matmul", "mm", "bmm", "mv", "dot", "inner", "linalg_matmul" })
        {
            emitters.AddOperator(product, e => e.Node("MatMul", [e.Value(0), e.Value(1)]));
        }
        emitters
            .AddOperator("linear", Linear)
            .AddOperator("addmm", Added)
            .AddOperator("addmv", Added)
            .AddOperator("baddbmm", Added)
            .AddOperator("addbmm", e => throw e.Unsupported("a sum over a batch of products"))
            .AddOperator("outer", e => e.Node("Mul", [e.Node("Unsqueeze", [e.Value(0), e.Integers(1)]), e.Node("Unsqueeze", [e.Value(1), e.Integers(0)])]))
            .AddOperator("einsum", e => e.Node("Einsum", [.. e.Tensors(1).Select(t => t!.Name)], ("equation", e.Text(0))));
    }

    private static string Linear(OperatorContext e)
    {
        string product = e.Node("MatMul", [e.Value(0), e.Node("Transpose", [e.Value(1)], ("perm", new long[] { 1, 0 }))]);
        return e.IsNone(2) ? product : e.Node("Add", [product, e.Value(2)]);
    }

    private static string Added(OperatorContext e)
    {
        double beta = e.Number(3, 1), alpha = e.Number(4, 1);
        if (e.Operator == "addmm" && e.Output.Type == ScalarType.Float32)
        {
            return e.Node("Gemm", [e.Value(1), e.Value(2), e.Value(0)], ("alpha", (float)alpha), ("beta", (float)beta));
        }
        string product = Scaled(e, e.Node("MatMul", [e.Value(1), e.Value(2)]), alpha);
        return beta == 0 ? product : e.Node("Add", [Scaled(e, e.Value(0), beta), product]);
    }

    private static string Scaled(OperatorContext e, string value, double factor) => factor == 1 ? value : e.Node("Mul", [value, e.Scalar(factor, e.Output.Type)]);
}
