namespace SegML.Onnx.Emission.Operators;

/// <summary>The emitters of libtorch's operators.</summary>
internal static class OperatorTable
{
    public static void AddTo(OnnxEmitters emitters)
    {
        UnaryOperators.AddTo(emitters);
        ArithmeticOperators.AddTo(emitters);
        ComparisonOperators.AddTo(emitters);
        LinearOperators.AddTo(emitters);
        ConvolutionOperators.AddTo(emitters);
        NormalizationOperators.AddTo(emitters);
        ReductionOperators.AddTo(emitters);
        OrderOperators.AddTo(emitters);
        ShapeOperators.AddTo(emitters);
        JoiningOperators.AddTo(emitters);
        SliceOperators.AddTo(emitters);
        IndexOperators.AddTo(emitters);
        CreationOperators.AddTo(emitters);
        PaddingOperators.AddTo(emitters);
        PoolingOperators.AddTo(emitters);
        ResamplingOperators.AddTo(emitters);
        AttentionOperators.AddTo(emitters);
        RecurrentOperators.AddTo(emitters);
        ComplexOperators.AddTo(emitters);
    }
}
