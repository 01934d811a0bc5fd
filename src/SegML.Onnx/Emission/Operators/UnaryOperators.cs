using SegML.Onnx.Emission.Emitters;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Functions of one value, activations among them.</summary>
internal static class UnaryOperators
{
    private static readonly (string Name, string OpType)[] Same =
    [
        ("relu", "Relu"), ("sigmoid", "Sigmoid"), ("tanh", "Tanh"), ("exp", "Exp"), ("log", "Log"), ("sqrt", "Sqrt"), ("reciprocal", "Reciprocal"),
        ("neg", "Neg"), ("negative", "Neg"), ("abs", "Abs"), ("absolute", "Abs"), ("sign", "Sign"), ("sgn", "Sign"), ("floor", "Floor"), ("ceil", "Ceil"),
        ("erf", "Erf"), ("sin", "Sin"), ("cos", "Cos"), ("tan", "Tan"), ("asin", "Asin"), ("acos", "Acos"), ("atan", "Atan"), ("sinh", "Sinh"),
        ("cosh", "Cosh"), ("asinh", "Asinh"), ("acosh", "Acosh"), ("atanh", "Atanh"), ("arctan", "Atan"), ("selu", "Selu"), ("softsign", "Softsign"),
    ];

    public static void AddTo(OnnxEmitters emitters)
    {
        foreach ((string name, string opType) in Same)
        {
            emitters.AddOperator(name, e => e.Node(opType, [e.Value(0)]));
        }
        emitters
            .AddOperator("square", e => e.Node("Mul", [e.Value(0), e.Value(0)]))
            .AddOperator("rsqrt", e => e.Node("Reciprocal", [e.Node("Sqrt", [e.Value(0)])]))
            .AddOperator("log2", e => e.Node("Div", [e.Node("Log", [e.Value(0)]), e.Float(Math.Log(2))]))
            .AddOperator("log10", e => e.Node("Div", [e.Node("Log", [e.Value(0)]), e.Float(Math.Log(10))]))
            .AddOperator("log1p", e => e.Node("Log", [e.Node("Add", [e.Value(0), e.Float(1)])]))
            .AddOperator("expm1", e => e.Node("Sub", [e.Node("Exp", [e.Value(0)]), e.Float(1)]))
            .AddOperator("exp2", e => e.Node("Exp", [e.Node("Mul", [e.Value(0), e.Float(Math.Log(2))])]))
            .AddOperator("trunc", Truncated)
            .AddOperator("fix", Truncated)
            .AddOperator("frac", e => e.Node("Sub", [e.Value(0), Truncated(e)]))
            .AddOperator("round", Rounded)
            .AddOperator("nan_to_num", Numbers);
        emitters
            .AddOperator("relu6", e => Clip(e, e.Scalar(0, e.Output.Type), e.Scalar(6, e.Output.Type)))
            .AddOperator("hardtanh", e => Clip(e, e.Scalar(e.Number(1, -1), e.Output.Type), e.Scalar(e.Number(2, 1), e.Output.Type)))
            .AddOperator("clamp", e => Bounded(e, 1, 2))
            .AddOperator("clip", e => Bounded(e, 1, 2))
            .AddOperator("clamp_min", e => e.Node("Max", [e.Value(0), e.Value(1)]))
            .AddOperator("clamp_max", e => e.Node("Min", [e.Value(0), e.Value(1)]))
            .AddOperator("silu", e => e.Node("Mul", [e.Input, e.Node("Sigmoid", [e.Input])]))
            .AddOperator("mish", e => e.Node("Mul", [e.Input, e.Node("Tanh", [e.Node("Softplus", [e.Input])])]))
            .AddOperator("gelu", e => e.Text(1, "none") == "tanh" ? ActivationEmitters.TanhGelu(e, e.Input) : ActivationEmitters.ExactGelu(e, e.Input))
            .AddOperator("elu", Elu)
            .AddOperator("celu", e => e.Node("Celu", [e.Input], ("alpha", (float)e.Number(1, 1))))
            .AddOperator("leaky_relu", e => e.Node("LeakyRelu", [e.Input], ("alpha", (float)e.Number(1, 0.01))))
            .AddOperator("rrelu", e => e.Node("LeakyRelu", [e.Input], ("alpha", (float)((e.Number(1, 1 / 8d) + e.Number(2, 1 / 3d)) / 2))))
            .AddOperator("prelu", e => ActivationEmitters.ParametricRelu(e, e.Tensor(1).Name, e.Tensor(1).Shape.Aggregate(1L, (a, b) => a * b)))
            .AddOperator("hardsigmoid", ActivationEmitters.HardSigmoid)
            .AddOperator("hardswish", e => e.Node("Mul", [e.Input, ActivationEmitters.HardSigmoid(e)]))
            .AddOperator("softplus", e => ActivationEmitters.SmoothRelu(e, e.Number(1, 1), e.Number(2, 20)))
            .AddOperator("log_sigmoid", e => e.Node("Neg", [e.Node("Softplus", [e.Node("Neg", [e.Input])])]))
            .AddOperator("threshold", e => e.Node("Where", [e.Node("Greater", [e.Input, e.Scalar(e.Number(1), e.Output.Type)]), e.Input, e.Value(2)]))
            .AddOperator("hardshrink", e => e.Node("Shrink", [e.Input], ("lambd", (float)e.Number(1, 0.5)), ("bias", 0f)))
            .AddOperator("softshrink", e => e.Node("Shrink", [e.Input], ("lambd", (float)e.Number(1, 0.5)), ("bias", (float)e.Number(1, 0.5))))
            .AddOperator("glu", Gate)
            .AddOperator("softmax", e => e.Node("Softmax", [e.Value(0)], ("axis", e.Int(1))))
            .AddOperator("special_softmax", e => e.Node("Softmax", [e.Value(0)], ("axis", e.Int(1))))
            .AddOperator("_softmax", e => e.Node("Softmax", [e.Value(0)], ("axis", e.Int(1))))
            .AddOperator("log_softmax", e => e.Node("LogSoftmax", [e.Value(0)], ("axis", e.Int(1))))
            .AddOperator("special_log_softmax", e => e.Node("LogSoftmax", [e.Value(0)], ("axis", e.Int(1))))
            .AddOperator("_log_softmax", e => e.Node("LogSoftmax", [e.Value(0)], ("axis", e.Int(1))));
    }

    internal static string Truncated(EmitContext e, string value) => e.Node("Mul", [e.Node("Sign", [value]), e.Node("Floor", [e.Node("Abs", [value])])]);

    private static string Truncated(OperatorContext e) => Truncated(e, e.Value(0));

    private static string Rounded(OperatorContext e)
    {
        double scale = Math.Pow(10, e.Int(1));
        return scale == 1 ? e.Node("Round", [e.Value(0)])
            : e.Node("Div", [e.Node("Round", [e.Node("Mul", [e.Value(0), e.Float(scale)])]), e.Float(scale)]);
    }

    private static string Numbers(OperatorContext e)
    {
        string value = e.Node("Where", [e.Node("IsNaN", [e.Input]), e.Float(e.Number(1)), e.Input]);
        value = e.Node("Min", [value, e.Float(e.Number(2, float.MaxValue))]);
        return e.Node("Max", [value, e.Float(e.Number(3, float.MinValue))]);
    }

    private static string Clip(OperatorContext e, string low, string high) => e.Node("Clip", [e.Value(0), low, high]);

    private static string Bounded(OperatorContext e, int low, int high)
    {
        string value = e.IsNone(low) ? e.Value(0) : e.Node("Max", [e.Value(0), e.Value(low)]);
        return e.IsNone(high) ? value : e.Node("Min", [value, e.Value(high)]);
    }

    private static string Elu(OperatorContext e)
    {
        double alpha = e.Number(1, 1), scale = e.Number(2, 1), inner = e.Number(3, 1);
        if (inner != 1)
        {
            throw e.Unsupported("an input scale");
        }
        string value = e.Node("Elu", [e.Input], ("alpha", (float)alpha));
        return scale == 1 ? value : e.Node("Mul", [value, e.Float(scale)]);
    }

    private static string Gate(OperatorContext e)
    {
        string[] halves = e.EqualParts(e.Input, 2, e.Int(1, -1));
        return e.Node("Mul", [halves[0], e.Node("Sigmoid", [halves[1]])]);
    }
}
