using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Pooling over windows of a fixed size. Adaptive pooling is in its own file.</summary>
internal static class PoolingEmitters
{
    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .Add<MaxPool1d>((m, e) => Max(e, 1, [m.kernel_size], List(m.stride), List(m.padding), List(m.dilation), m.ceil_mode))
            .Add<MaxPool2d>((m, e) => Max(e, 2, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode))
            .Add<MaxPool3d>((m, e) => Max(e, 3, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode))
            .Add<AvgPool1d>((m, e) => Average(e, 1, [m.kernel_size], List(m.stride), List(m.padding), m.ceil_mode, m.count_include_pad, null))
            .Add<AvgPool2d>((m, e) => Average(e, 2, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override))
            .Add<AvgPool3d>((m, e) => Average(e, 3, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override))
            .Add<LPPool1d>((m, e) => Norm(e, 1, m.norm_type, [m.kernel_size], List(m.stride), m.ceil_mode))
            .Add<LPPool2d>((m, e) => Norm(e, 2, m.norm_type, m.kernel_size, m.stride, m.ceil_mode));
        AdaptivePoolingEmitters.AddTo(emitters);
    }

    private static long[]? List(long? value) => value is { } v ? [v] : null;

    internal static string Max(EmitContext e, int dims, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceiling)
    {
        kernel = ConvolutionEmitters.Spread(kernel, dims);
        return e.Node("MaxPool", [e.Input], [.. Window(dims, kernel, stride, padding, ceiling),
            ("dilations", ConvolutionEmitters.Spread(dilation, dims, missing: 1))]);
    }

    internal static string Average(EmitContext e, int dims, long[] kernel, long[]? stride, long[]? padding, bool ceiling,
        bool countPadding, long? divisor)
    {
        kernel = ConvolutionEmitters.Spread(kernel, dims);
        if (divisor is null)
        {
            return Mean(e, e.Input, dims, kernel, stride, padding, ceiling, countPadding);
        }
        if (ceiling)
        {
            throw e.Unsupported("divisor_override together with ceil_mode");
        }
        string mean = Mean(e, e.Input, dims, kernel, stride, padding, ceiling, countPadding: true);
        return e.Node("Mul", [mean, e.Float(Product(kernel) / (double)divisor)]);
    }

    // ((sum of x^p))^(1/p) over each window, the sum's sign kept out of the root.
    private static string Norm(EmitContext e, int dims, double p, long[] kernel, long[]? stride, bool ceiling)
    {
        kernel = ConvolutionEmitters.Spread(kernel, dims);
        string mean = Mean(e, e.Node("Pow", [e.Input, e.Float(p)]), dims, kernel, stride, null, ceiling, countPadding: true);
        return e.Node("Pow", [e.Node("Mul", [mean, e.Float(Product(kernel))]), e.Float(1 / p)]);
    }

    private static string Mean(EmitContext e, string input, int dims, long[] kernel, long[]? stride, long[]? padding, bool ceiling, bool countPadding) =>
        e.Node("AveragePool", [input], [.. Window(dims, kernel, stride, padding, ceiling), ("count_include_pad", countPadding)]);

    private static (string, object)[] Window(int dims, long[] kernel, long[]? stride, long[]? padding, bool ceiling)
    {
        long[] pads = ConvolutionEmitters.Spread(padding, dims);
        long[] steps = stride is null or [] ? kernel : ConvolutionEmitters.Spread(stride, dims);
        return [("kernel_shape", kernel), ("strides", steps), ("pads", pads.Concat(pads)), ("ceil_mode", ceiling)];
    }

    private static long Product(long[] values) => values.Aggregate(1L, (a, b) => a * b);
}
