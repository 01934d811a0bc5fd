using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>
/// Windows of an image as columns, and columns summed back into an image. Both are convolutions whose kernels hold a single one:
/// every ONNX Runtime has those, while ONNX's own Col2Im begins at opset 18 and has no counterpart.
/// </summary>
internal static class SlidingEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters.Add<Unfold>(Columns).Add<Fold>(Image);

    private static string Columns(Unfold module, EmitContext e) =>
        Columns(e, Pair(module.kernel_size), Pair(module.stride), Pair(module.dilation), Pair(module.padding));

    internal static string Columns(EmitContext e, long[] kernel, long[] stride, long[] dilation, long[] padding)
    {
        long channels = e.Inputs[0]!.Shape[1];
        string windows = e.Node("Conv", [e.Input, Picks(e, channels, kernel)], Window(channels, kernel, stride, dilation, padding));
        return e.Node("Reshape", [windows, e.Integers(0, 0, -1)]);
    }

    private static string Image(Fold module, EmitContext e) =>
        Image(e, Pair(module.output_size), Pair(module.kernel_size), Pair(module.stride), Pair(module.dilation), Pair(module.padding));

    internal static string Image(EmitContext e, long[] size, long[] kernel, long[] stride, long[] dilation, long[] padding)
    {
        long channels = e.Inputs[0]!.Shape[1] / (kernel[0] * kernel[1]);
        long[] reach = [.. kernel.Select((k, i) => dilation[i] * (k - 1) + 1)];
        long[] windows = [.. size.Select((s, i) => (s + 2 * padding[i] - reach[i]) / stride[i] + 1)];
        // Rows and columns that no window reaches.
        long[] rest = [.. size.Select((s, i) => s - ((windows[i] - 1) * stride[i] - 2 * padding[i] + reach[i]))];
        string columns = e.Node("Reshape", [e.Input, e.Integers(0, 0, windows[0], windows[1])]);
        return e.Node("ConvTranspose", [columns, Picks(e, channels, kernel)],
            [.. Window(channels, kernel, stride, dilation, padding), ("output_padding", rest)]);
    }

    private static (string, object)[] Window(long channels, long[] kernel, long[] stride, long[] dilation, long[] padding) =>
        [("kernel_shape", kernel), ("strides", stride), ("dilations", dilation), ("group", channels), ("pads", padding.Concat(padding))];

    // [channels * area, 1, height, width]: the kernel of output c * area + i picks position i of channel c.
    private static string Picks(EmitContext e, long channels, long[] kernel)
    {
        long area = kernel[0] * kernel[1];
        var values = new float[channels * area * area];
        for (long output = 0; output < channels * area; output++)
        {
            values[output * area + output % area] = 1;
        }
        return e.Floats("picks", values, channels * area, 1, kernel[0], kernel[1]);
    }

    private static long[] Pair((long, long) values) => [values.Item1, values.Item2];
}
