using TorchSharp;
using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Convolutions and transposed convolutions over one, two and three dimensions.</summary>
internal static class ConvolutionEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<Conv1d>(Convolution).Add<Conv2d>(Convolution).Add<Conv3d>(Convolution)
        .Add<ConvTranspose1d>(Transposed).Add<ConvTranspose2d>(Transposed).Add<ConvTranspose3d>(Transposed);

    private static string Convolution(Convolution module, EmitContext e)
    {
        int dims = module.kernel_size.Length;
        RequireBatch(e, dims);
        (long[] before, long[] after) = Padding(module);
        string input = e.Input;
        if (module.padding_mode is not (PaddingModes.Zeros or PaddingModes.Constant))
        {
            input = PaddingEmitters.Pad(e, input, before, after, module.padding_mode, value: 0);
            (before, after) = (new long[dims], new long[dims]);
        }
        return e.Node("Conv", Inputs(module, e, input), ("kernel_shape", module.kernel_size), ("strides", Spread(module.stride, dims)),
            ("dilations", Spread(module.dilation, dims)), ("group", module.groups), ("pads", before.Concat(after)));
    }

    private static string Transposed(Convolution module, EmitContext e)
    {
        int dims = module.kernel_size.Length;
        RequireBatch(e, dims);
        long[] padding = Spread(module.padding, dims), strides = Spread(module.stride, dims), dilations = Spread(module.dilation, dims, missing: 1);
        // Seen from the run: TorchSharp 0.107 takes the first of several output paddings for all dimensions.
        long[] rest = [.. Enumerable.Range(0, dims).Select(d => e.Outputs[0].Shape[d + 2]
            - ((e.Inputs[0]!.Shape[d + 2] - 1) * strides[d] - 2 * padding[d] + dilations[d] * (module.kernel_size[d] - 1) + 1))];
        return Transposed(e, Inputs(module, e, e.Input), module.kernel_size, strides, padding, dilations, rest, module.groups);
    }

    /// <summary>A transposed convolution.</summary>
    internal static string Transposed(EmitContext e, string[] inputs, long[] kernel, long[] strides, long[] padding, long[] dilations, long[] rest, long groups)
    {
        (string, object)[] window = [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations), ("group", groups)];
        // ONNX Runtime computes rows wrongly where the padding cuts off more than the kernel reaches and rows are added on the other side
        // (microsoft/onnxruntime#14208). There the whole result is computed, and cut.
        bool cut = padding.Zip(rest).All(p => p.Second <= p.First)
            && Enumerable.Range(0, kernel.Length).Any(d => rest[d] > 0 && padding[d] > dilations[d] * (kernel[d] - 1));
        if (!cut)
        {
            return e.Node("ConvTranspose", inputs, [.. window, ("pads", padding.Concat(padding)), ("output_padding", rest)]);
        }
        string whole = e.Node("ConvTranspose", inputs, window);
        long[] ends = [.. padding.Zip(rest, (p, r) => p == r ? long.MaxValue : r - p)], axes = [.. Enumerable.Range(2, kernel.Length).Select(d => (long)d)];
        return e.Node("Slice", [whole, e.Integers(padding), e.Integers(ends), e.Integers(axes)]);
    }

    private static string[] Inputs(Convolution module, EmitContext e, string input)
    {
        string weight = e.Parameter("weight", module.weight);
        return module.bias is null ? [input, weight] : [input, weight, e.Parameter("bias", module.bias)];
    }

    // "Same" padding puts the odd row or column at the end. It is written out, because ONNX's own notion of it depends on the input.
    private static (long[] Before, long[] After) Padding(Convolution module)
    {
        int dims = module.kernel_size.Length;
        switch (module.padding_type)
        {
            case TorchSharp.Padding.Same:
                long[] dilation = Spread(module.dilation, dims);
                long[] total = [.. module.kernel_size.Select((k, i) => dilation[i] * (k - 1))];
                return ([.. total.Select(t => t / 2)], [.. total.Select(t => t - t / 2)]);
            case TorchSharp.Padding.Valid:
                return (new long[dims], new long[dims]);
            default:
                long[] padding = Spread(module.padding, dims);
                return (padding, padding);
        }
    }

    private static void RequireBatch(EmitContext e, int dims)
    {
        if (e.Rank != dims + 2)
        {
            throw e.Unsupported($"an input of {e.Rank} dimensions where a batch has {dims + 2}");
        }
    }

    /// <summary>One number for all dimensions, or one for each.</summary>
    internal static long[] Spread(long[]? values, int dims, long missing = 0) => values switch
    {
        null or [] => [.. Enumerable.Repeat(missing, dims)],
        [long one] => [.. Enumerable.Repeat(one, dims)],
        _ => values,
    };
}
