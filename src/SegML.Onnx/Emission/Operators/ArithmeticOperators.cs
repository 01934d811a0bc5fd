using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Functions of two or three values, broadcast against each other.</summary>
internal static class ArithmeticOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperator("add", e => e.Output.Type == ScalarType.Bool ? e.Node("Or", [e.Value(0), e.Value(1)]) : e.Node("Add", [e.Value(0), Times(e, 1, 2)]))
        .AddOperator("sub", e => e.Node("Sub", [e.Value(0), Times(e, 1, 2)]))
        .AddOperator("subtract", e => e.Node("Sub", [e.Value(0), Times(e, 1, 2)]))
        .AddOperator("rsub", e => e.Node("Sub", [e.Value(1), Times(e, 0, 2)]))
        .AddOperator("mul", Product)
        .AddOperator("multiply", Product)
        .AddOperator("div", Quotient)
        .AddOperator("divide", Quotient)
        .AddOperator("true_divide", Quotient)
        .AddOperator("floor_divide", e => Floored(e))
        .AddOperator("remainder", Remainder)
        .AddOperator("fmod", e => e.Node("Mod", [e.Value(0), e.Value(1)], ("fmod", 1)))
        .AddOperator("pow", Power)
        .AddOperator("maximum", e => e.Node("Max", [e.Value(0), e.Value(1)]))
        .AddOperator("minimum", e => e.Node("Min", [e.Value(0), e.Value(1)]))
        .AddOperator("fmax", e => e.Node("Max", [e.Value(0), e.Value(1)]))
        .AddOperator("fmin", e => e.Node("Min", [e.Value(0), e.Value(1)]))
        .AddOperator("addcmul", e => e.Node("Add", [e.Value(0), Factor(e, e.Node("Mul", [e.Value(1), e.Value(2)]), 3)]))
        .AddOperator("addcdiv", e => e.Node("Add", [e.Value(0), Factor(e, e.Node("Div", [e.Value(1), e.Value(2)]), 3)]))
        .AddOperator("lerp", e => e.Node("Add", [e.Value(0), e.Node("Mul", [e.Value(2), e.Node("Sub", [e.Value(1), e.Value(0)])])]))
        .AddOperator("atan2", Angle)
        .AddOperator("hypot", e => e.Node("Sqrt", [e.Node("Add", [e.Node("Mul", [e.Value(0), e.Value(0)]), e.Node("Mul", [e.Value(1), e.Value(1)])])]));

    private static string Times(OperatorContext e, int index, int factor) => Factor(e, e.Value(index), factor);

    private static string Factor(OperatorContext e, string value, int factor) =>
        e.Number(factor, 1) is var f && f == 1 ? value : e.Node("Mul", [value, e.Scalar(f, e.Output.Type)]);

    private static string Product(OperatorContext e) => e.Output.Type is ScalarType.ComplexFloat32
        ? ComplexOperators.Product(e)
        : e.Node(e.Output.Type == ScalarType.Bool ? "And" : "Mul", [e.Value(0), e.Value(1)]);

    private static string Quotient(OperatorContext e) => e.Text(2) switch
    {
        "floor" => Floored(e),
        "trunc" => e.Output.Type.IsFloatingPoint() ? UnaryOperators.Truncated(e, e.Node("Div", [e.Value(0), e.Value(1)])) : e.Node("Div", [e.Value(0), e.Value(1)]),
        _ => e.Node("Div", [e.Value(0), e.Value(1)]),
    };

    // ONNX's division of whole numbers rounds to zero, libtorch's down.
    private static string Floored(OperatorContext e)
    {
        if (e.Output.Type.IsFloatingPoint())
        {
            return e.Node("Floor", [e.Node("Div", [e.Value(0), e.Value(1)])]);
        }
        string a = e.Value(0), b = e.Value(1), rest = e.Node("Mod", [a, b]);
        return e.Node("Div", [e.Node("Sub", [a, rest]), b]);
    }

    private static string Remainder(OperatorContext e)
    {
        string a = e.Value(0), b = e.Value(1);
        return e.Output.Type.IsFloatingPoint() ? e.Node("Sub", [a, e.Node("Mul", [e.Node("Floor", [e.Node("Div", [a, b])]), b])]) : e.Node("Mod", [a, b]);
    }

    private static string Power(OperatorContext e)
    {
        string value = e.Value(0);
        return e.IsTensor(1) ? e.Node("Pow", [value, e.Value(1)]) : e.Number(1) switch
        {
            1 => e.Node("Identity", [value]),
            2 => e.Node("Mul", [value, value]),
            3 => e.Node("Mul", [e.Node("Mul", [value, value]), value]),
            0.5 => e.Node("Sqrt", [value]),
            -0.5 => e.Node("Reciprocal", [e.Node("Sqrt", [value])]),
            -1 => e.Node("Reciprocal", [value]),
            var exponent => e.Node("Pow", [value, e.Scalar(exponent, e.Output.Type)]),
        };
    }

    // By the arc tangent of the quotient, which lies in the right half plane.
    private static string Angle(OperatorContext e)
    {
        string y = e.Value(0), x = e.Value(1), zero = e.Float(0);
        string half = e.Node("Where", [e.Node("Less", [y, zero]), e.Float(-Math.PI), e.Float(Math.PI)]);
        string turned = e.Node("Where", [e.Node("Less", [x, zero]), half, zero]);
        string angle = e.Node("Add", [e.Node("Atan", [e.Node("Div", [y, x])]), turned]);
        string origin = e.Node("And", [e.Node("Equal", [x, zero]), e.Node("Equal", [y, zero])]);
        return e.Node("Where", [origin, zero, angle]);
    }
}
