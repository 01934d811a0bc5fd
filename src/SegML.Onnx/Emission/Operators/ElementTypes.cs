using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>What kinds of element types there are.</summary>
internal static class ElementTypes
{
    public static bool IsFloatingPoint(this ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    public static bool IsComplex(this ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
}
