using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Normalisations, and norms.</summary>
internal static class NormalizationOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .AddOperator("batch_norm", e => e.Flag(5) ? OfTheBatch(e, e.Number(7, 1e-5)) : Batch(e, e.Number(7, 1e-5)))
            .AddOperator("instance_norm", Instance)
            .AddOperator("group_norm", e => NormalizationEmitters.Group(e, e.Int(1), e.Number(4, 1e-5), e.IsNone(2) ? null : e.Value(2), e.IsNone(3) ? null : e.Value(3)))
            .AddOperator("layer_norm", Layer)
            .AddOperator("norm", e => Norm(e, e.Number(1, 2), e.Ints(2), e.Flag(3)))
            .AddOperator("linalg_vector_norm", e => Norm(e, e.Number(1, 2), e.Ints(2), e.Flag(3)))
            .AddOperator("linalg_norm", e => Norm(e, e.Number(1, 2), e.Ints(2), e.Flag(3)))
            .AddOperator("rms_norm", Rms);
    }

    private static string Batch(OperatorContext e, double epsilon)
    {
        if (e.IsNone(3) || e.IsNone(4))
        {
            throw e.Unsupported("no running statistics");
        }
        return e.Node("BatchNormalization", [e.Value(0), Affine(e, 1, 1), Affine(e, 2, 0), e.Value(3), e.Value(4)], ("epsilon", (float)epsilon));
    }

    // The statistics of the input itself, as modules that eval() has not reached compute it, those that are not registered.
    private static string OfTheBatch(OperatorContext e, double epsilon)
    {
        long[] others = [.. Enumerable.Range(0, e.Rank).Where(d => d != 1).Select(d => (long)d)];
        string PerChannel(int index) => e.Node("Reshape", [e.Value(index), e.Integers([-1, .. Enumerable.Repeat(1L, e.Rank - 2)])]);
        string centred = e.Node("Sub", [e.Value(0), AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Value(0), keep: true, others)]);
        string variance = AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Node("Mul", [centred, centred]), keep: true, others);
        string value = e.Node("Div", [centred, e.Node("Sqrt", [e.Node("Add", [variance, e.Float(epsilon)])])]);
        value = e.IsNone(1) ? value : e.Node("Mul", [value, PerChannel(1)]);
        return e.IsNone(2) ? value : e.Node("Add", [value, PerChannel(2)]);
    }

    private static string Instance(OperatorContext e) => e.Flag(5, true)
        ? e.Node("InstanceNormalization", [e.Value(0), Affine(e, 1, 1), Affine(e, 2, 0)], ("epsilon", (float)e.Number(7, 1e-5)))
        : Batch(e, e.Number(7, 1e-5));

    private static string Affine(OperatorContext e, int index, float missing) =>
        e.IsNone(index) ? NormalizationEmitters.Filled(e, missing == 1 ? "ones" : "zeros", missing, e.Inputs[0]!.Shape[1]) : e.Value(index);

    private static string Layer(OperatorContext e)
    {
        long[][] shape = e.Elements(1);
        string? weight = e.IsNone(2) ? null : e.Value(2), bias = e.IsNone(3) ? null : e.Value(3);
        // Over sizes that vary there can be no weights.
        weight ??= e.Opset >= 17 && shape.All(size => size.All(s => s == size[0])) ? Ones(e, e.Ints(1)) : null;
        return NormalizationEmitters.Layer(e, e.Value(0), shape.Length, e.Number(4, 1e-5), weight, bias);
    }

    private static string Ones(OperatorContext e, long[] shape) => e.Floats("ones", [.. Enumerable.Repeat(1f, (int)shape.Aggregate(1L, (a, b) => a * b))], shape);

    private static string Rms(OperatorContext e)
    {
        long[] axes = [.. e.Ints(1).Select((_, i) => -1L - i)];
        string square = AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Node("Mul", [e.Input, e.Input]), keep: true, axes);
        string normal = e.Node("Div", [e.Input, e.Node("Sqrt", [e.Node("Add", [square, e.Float(e.Number(3, 1.1920929e-07))])])]);
        return e.IsNone(2) ? normal : e.Node("Mul", [normal, e.Value(2)]);
    }

    private static string Norm(OperatorContext e, double order, long[] dims, bool keep)
    {
        string value = e.Value(0);
        long[] axes = dims.Length > 0 ? dims : ReductionOperators.All(e.Inputs[0]!);
        return order switch
        {
            1 => AdaptivePoolingEmitters.Reduce(e, "ReduceL1", value, keep, axes),
            2 => AdaptivePoolingEmitters.Reduce(e, "ReduceL2", value, keep, axes),
            double.PositiveInfinity => AdaptivePoolingEmitters.Reduce(e, "ReduceMax", e.Node("Abs", [value]), keep, axes),
            double.NegativeInfinity => AdaptivePoolingEmitters.Reduce(e, "ReduceMin", e.Node("Abs", [value]), keep, axes),
            _ => e.Node("Pow", [ReductionOperators.Sum(e, e.Node("Pow", [e.Node("Abs", [value]), e.Float(order)]), keep, axes), e.Float(1 / order)]),
        };
    }
}
