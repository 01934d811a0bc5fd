namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>ONNX's operators by what they look at.</summary>
internal static class Operators
{
    private static readonly HashSet<string> Elementwise =
    [
        "Abs", "Add", "And", "BatchNormalization", "Cast", "CastLike", "Ceil", "Celu", "Clip", "Cos", "DequantizeLinear", "Div", "Dropout", "Elu",
        "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
        "Less", "LessOrEqual", "Log", "Max", "Mean", "Min", "Mish", "Mod", "Mul", "Neg", "Not", "Or", "PRelu", "Pow", "QuantizeLinear",
        "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Swish", "Tanh",
        "ThresholdedRelu", "Where", "Xor",
    ];

    /// <summary>Whether a value of the result depends only on the values at its own place.</summary>
    public static bool IsElementwise(string name) => Elementwise.Contains(name);
}
