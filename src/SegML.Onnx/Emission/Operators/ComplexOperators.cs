using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission.Operators;

/// <summary>
/// Complex numbers, as rotary position embeddings use them: a tensor of them is one of floats here, whose last dimension holds the real and the imaginary part.
/// </summary>
internal static class ComplexOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperator("view_as_complex", e => e.Tensor(0).Name)
        .AddOperator("view_as_real", e => e.Tensor(0).Name)
        .AddOperator("real", e => Part(e, 0))
        .AddOperator("imag", e => Part(e, 1))
        .AddOperator("polar", e => Pair(e, e.Node("Mul", [e.Tensor(0).Name, e.Node("Cos", [e.Tensor(1).Name])]), e.Node("Mul", [e.Tensor(0).Name, e.Node("Sin", [e.Tensor(1).Name])])))
        .AddOperator("complex", e => Pair(e, e.Tensor(0).Name, e.Tensor(1).Name));

    /// <summary>(a + bi)(c + di) = ac - bd + (ad + bc) i.</summary>
    internal static string Product(OperatorContext e)
    {
        (string Real, string Imaginary)[] factors = [Parts(e, e.Tensor(0)), Parts(e, e.Tensor(1))];
        string Times(string a, string b) => e.Node("Mul", [a, b]);
        return Pair(e, e.Node("Sub", [Times(factors[0].Real, factors[1].Real), Times(factors[0].Imaginary, factors[1].Imaginary)]),
            e.Node("Add", [Times(factors[0].Real, factors[1].Imaginary), Times(factors[0].Imaginary, factors[1].Real)]));
    }

    private static (string, string) Parts(OperatorContext e, TracedTensor tensor) => tensor.Type.IsComplex()
        ? (e.Node("Gather", [tensor.Name, e.Integer(0)], ("axis", -1)), e.Node("Gather", [tensor.Name, e.Integer(1)], ("axis", -1)))
        : throw e.Unsupported("a product of complex and real numbers");

    private static string Part(OperatorContext e, int part) => e.Node("Gather", [e.Tensor(0).Name, e.Integer(part)], ("axis", -1));

    private static string Pair(OperatorContext e, string real, string imaginary) =>
        e.Node("Concat", [e.Node("Unsqueeze", [real, e.Integers(-1)]), e.Node("Unsqueeze", [imaginary, e.Integers(-1)])], ("axis", -1));
}
