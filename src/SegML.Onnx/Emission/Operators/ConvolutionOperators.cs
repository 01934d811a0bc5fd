using SegML.Onnx.Emission.Emitters;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Convolutions and transposed convolutions.</summary>
internal static class ConvolutionOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        // Input, weight, bias, stride, padding, dilation, transposed, output padding, groups.
        foreach (string name in new[] { "_convolution", "convolution" })
        {
            emitters.AddOperator(name, e => e.Flag(6)
                ? Transposed(e, e.Ints(3), e.Ints(4), e.Ints(5), e.Ints(7), e.Int(8, 1))
                : Convolution(e, e.Ints(3), e.Ints(4), e.Ints(5), e.Int(8, 1)));
        }
        emitters.AddOperator("_convolution_mode", e => Convolution(e, e.Ints(3), e.Text(4), e.Ints(5), e.Int(6, 1)));
        foreach (int dims in new[] { 1, 2, 3 })
        {
            emitters
                .AddOperator($"conv{dims}d", e => e.Text(4) is { Length: > 0 } mode
                    ? Convolution(e, e.Ints(3), mode, e.Ints(5), e.Int(6, 1))
                    : Convolution(e, e.Ints(3), e.Ints(4), e.Ints(5), e.Int(6, 1)))
                .AddOperator($"conv_transpose{dims}d", e => Transposed(e, e.Ints(3), e.Ints(4), e.Ints(7), e.Ints(5), e.Int(6, 1)));
        }
    }

    private static string Convolution(OperatorContext e, long[] stride, string mode, long[] dilation, long groups)
    {
        int dims = e.Tensor(1).Rank - 2;
        long[] steps = ConvolutionEmitters.Spread(dilation, dims, 1);
        long[] total = [.. Enumerable.Range(0, dims).Select(d => mode == "same" ? steps[d] * (e.Tensor(1).Shape[d + 2] - 1) : 0)];
        return Convolution(e, stride, [.. total.Select(t => t / 2)], [.. total.Select(t => t - t / 2)], steps, groups);
    }

    private static string Convolution(OperatorContext e, long[] stride, long[] padding, long[] dilation, long groups)
    {
        long[] pads = ConvolutionEmitters.Spread(padding, e.Tensor(1).Rank - 2);
        return Convolution(e, stride, pads, pads, dilation, groups);
    }

    private static string Convolution(OperatorContext e, long[] stride, long[] before, long[] after, long[] dilation, long groups)
    {
        int dims = before.Length;
        return Batched(e, dims, input => e.Node("Conv", Inputs(e, input), ("kernel_shape", e.Tensor(1).Shape.Skip(2)), ("strides", ConvolutionEmitters.Spread(stride, dims, 1)),
            ("dilations", ConvolutionEmitters.Spread(dilation, dims, 1)), ("group", groups), ("pads", before.Concat(after))));
    }

    private static string Transposed(OperatorContext e, long[] stride, long[] padding, long[] dilation, long[] rest, long groups)
    {
        int dims = e.Tensor(1).Rank - 2;
        return Batched(e, dims, input => ConvolutionEmitters.Transposed(e, Inputs(e, input), [.. e.Tensor(1).Shape.Skip(2)], ConvolutionEmitters.Spread(stride, dims, 1),
            ConvolutionEmitters.Spread(padding, dims), ConvolutionEmitters.Spread(dilation, dims, 1), ConvolutionEmitters.Spread(rest, dims), groups));
    }

    private static string[] Inputs(OperatorContext e, string input) => e.IsNone(2) ? [input, e.Value(1)] : [input, e.Value(1), e.Value(2)];

    // A single image without a batch dimension gets one for the time being.
    private static string Batched(OperatorContext e, int dims, Func<string, string> emit) => e.Rank == dims + 2
        ? emit(e.Value(0))
        : e.Node("Squeeze", [emit(e.Node("Unsqueeze", [e.Value(0), e.Integers(0)])), e.Integers(0)]);
}
