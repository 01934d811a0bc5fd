using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Quantization;

/// <summary>Weights as int8 and biases as int32.</summary>
internal static class WeightQuantizer
{
    /// <summary>
    /// Quantizes a weight symmetrically, with a scale for each output channel: <c>real = code * scale</c>, codes from -127 to 127, or -63 to
    /// 63 when <paramref name="reduceRange"/>.
    /// </summary>
    /// <param name="values">The weight.</param>
    /// <param name="dims">Its shape.</param>
    /// <param name="axis">The axis of the output channels.</param>
    /// <param name="leastScales">A lower bound for each channel's scale, or null; see <see cref="LeastScales"/>.</param>
    /// <param name="reduceRange">Whether to use 7 bits of the 8.</param>
    public static (sbyte[] Codes, float[] Scales) Weight(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int axis, double[]? leastScales, bool reduceRange)
    {
        int limit = reduceRange ? 63 : sbyte.MaxValue, channels = (int)dims[axis], inner = 1;
        for (int a = axis + 1; a < dims.Length; a++)
        {
            inner *= (int)dims[a];
        }
        var scales = new float[channels];
        for (int i = 0; i < values.Length; i++)
        {
            ref float largest = ref scales[i / inner % channels];
            largest = Math.Max(largest, Math.Abs(values[i]));
        }
        for (int c = 0; c < channels; c++)
        {
            double scale = Math.Max((double)scales[c] / limit, leastScales?[c] ?? 0);
            scales[c] = scale > 0 ? (float)scale : 1;
        }
        var codes = new sbyte[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = (sbyte)Math.Clamp(Math.Round((double)values[i] / scales[i / inner % channels]), -limit, limit);
        }
        return (codes, scales);
    }

    /// <summary>
    /// The scales that the weights must at least have for the bias to fit into an int32 at the scale of the products. Only channels with
    /// next to no weight need them, such as those that training has switched off.
    /// </summary>
    public static double[] LeastScales(float[] bias, float inputScale) => [.. bias.Select(b => Math.Abs((double)b) / inputScale / (int.MaxValue / 2))];

    /// <summary>Quantizes a bias at the scale of the products of input and weight.</summary>
    public static int[] Bias(float[] bias, float[] scales) => [.. bias.Select((b, c) => (int)Math.Clamp(Math.Round(b / (double)scales[c]), int.MinValue, int.MaxValue))];
}
