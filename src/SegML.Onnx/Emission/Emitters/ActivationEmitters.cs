using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Activations. One operator where ONNX has had one since opset 13, the formula otherwise.</summary>
internal static class ActivationEmitters
{
    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .Add<ReLU>((_, e) => e.Node("Relu", [e.Input]))
            .Add<ReLU6>((_, e) => Clip(e, 0, 6))
            // TorchSharp 0.107 clips in place only, and returns the input as it is otherwise: the proof refuses those.
            .Add<Hardtanh>((m, e) => Clip(e, m.min_val, m.max_val))
            .Add<LeakyReLU>((m, e) => e.Node("LeakyRelu", [e.Input], ("alpha", m.negative_slope)))
            .Add<RReLU>((m, e) => e.Node("LeakyRelu", [e.Input], ("alpha", (m.lower + m.upper) / 2)))
            .Add<PReLU>(ParametricRelu)
            .Add<ELU>((m, e) => e.Node("Elu", [e.Input], ("alpha", m.alpha)))
            .Add<CELU>((m, e) => e.Node("Celu", [e.Input], ("alpha", m.alpha)))
            .Add<SELU>((_, e) => e.Node("Selu", [e.Input]))
            .Add<Threshold>((m, e) => e.Node("Where", [e.Node("Greater", [e.Input, e.Float(m.threshold)]), e.Input, e.Float(m.value)]))
            .Add<Hardshrink>((m, e) => e.Node("Shrink", [e.Input], ("lambd", m.lambda), ("bias", 0f)))
            .Add<Softshrink>((m, e) => e.Node("Shrink", [e.Input], ("lambd", m.lambda), ("bias", m.lambda)));
        emitters
            .Add<Sigmoid>((_, e) => e.Node("Sigmoid", [e.Input]))
            .Add<LogSigmoid>((_, e) => e.Node("Neg", [e.Node("Softplus", [e.Node("Neg", [e.Input])])]))
            .Add<Hardsigmoid>((_, e) => HardSigmoid(e))
            .Add<Hardswish>((_, e) => e.Node("Mul", [e.Input, HardSigmoid(e)]))
            .Add<Tanh>((_, e) => e.Node("Tanh", [e.Input]))
            .Add<Tanhshrink>((_, e) => e.Node("Sub", [e.Input, e.Node("Tanh", [e.Input])]))
            .Add<Softsign>((_, e) => e.Node("Softsign", [e.Input]))
            .Add<Softplus>(SmoothRelu)
            .Add<SiLU>((_, e) => e.Node("Mul", [e.Input, e.Node("Sigmoid", [e.Input])]))
            .Add<Mish>((_, e) => e.Node("Mul", [e.Input, e.Node("Tanh", [e.Node("Softplus", [e.Input])])]))
            .Add<GELU>(Gelu)
            .Add<GLU>(Gate);
        emitters
            .Add<Softmax>((m, e) => e.Node("Softmax", [e.Input], ("axis", m.dim)))
            .Add<Softmax2d>((_, e) => e.Node("Softmax", [e.Input], ("axis", -3)))
            .Add<Softmin>((m, e) => e.Node("Softmax", [e.Node("Neg", [e.Input])], ("axis", m.dim)))
            .Add<LogSoftmax>((m, e) => e.Node("LogSoftmax", [e.Input], ("axis", m.dim)));
    }

    private static string Clip(EmitContext e, double low, double high) => e.Node("Clip", [e.Input, e.Float(low), e.Float(high)]);

    internal static string HardSigmoid(EmitContext e) => e.Node("HardSigmoid", [e.Input], ("alpha", 1f / 6), ("beta", 0.5f));

    // One slope for each channel lies along dimension 1; ONNX broadcasts along the last ones.
    private static string ParametricRelu(PReLU module, EmitContext e) => ParametricRelu(e, e.Parameter("weight", module.weight!), module.weight!.numel());

    internal static string ParametricRelu(EmitContext e, string slope, long slopes)
    {
        if (slopes > 1 && e.Rank > 2)
        {
            slope = e.Node("Unsqueeze", [slope, e.Integers([.. Enumerable.Range(1, e.Rank - 2).Select(i => (long)i)])]);
        }
        return e.Node("PRelu", [e.Input, slope]);
    }

    // log(1 + exp(beta x)) / beta, and x itself above the threshold, where both agree unless the threshold is low.
    private static string SmoothRelu(Softplus module, EmitContext e) => SmoothRelu(e, module.beta, module.threshold);

    internal static string SmoothRelu(EmitContext e, double beta, double threshold)
    {
        string scaled = beta == 1 ? e.Input : e.Node("Mul", [e.Input, e.Float(beta)]);
        string smooth = e.Node("Softplus", [scaled]);
        smooth = beta == 1 ? smooth : e.Node("Div", [smooth, e.Float(beta)]);
        return threshold >= 20
            ? smooth
            : e.Node("Where", [e.Node("Greater", [scaled, e.Float(threshold)]), e.Input, smooth]);
    }

    private static string Gelu(GELU module, EmitContext e)
    {
        return module.approximate == GELU.Approximate.tanh ? TanhGelu(e, e.Input) : ExactGelu(e, e.Input);
    }

    /// <summary>The approximation by a hyperbolic tangent.</summary>
    internal static string TanhGelu(EmitContext e, string input)
    {
        string cube = e.Node("Mul", [e.Node("Mul", [input, input]), input]);
        string sum = e.Node("Add", [input, e.Node("Mul", [cube, e.Float(0.044715)])]);
        return HalfGated(e, input, e.Node("Tanh", [e.Node("Mul", [sum, e.Float(Math.Sqrt(2 / Math.PI))])]));
    }

    /// <summary>x (1 + erf(x / sqrt 2)) / 2; ONNX has an operator for it from opset 20 on only.</summary>
    internal static string ExactGelu(EmitContext e, string input) =>
        HalfGated(e, input, e.Node("Erf", [e.Node("Div", [input, e.Float(Math.Sqrt(2))])]));

    private static string HalfGated(EmitContext e, string input, string gate) =>
        e.Node("Mul", [e.Node("Mul", [input, e.Node("Add", [gate, e.Float(1)])]), e.Float(0.5)]);

    private static string Gate(GLU module, EmitContext e)
    {
        string[] halves = e.EqualParts(e.Input, 2, module.dim);
        return e.Node("Mul", [halves[0], e.Node("Sigmoid", [halves[1]])]);
    }
}
