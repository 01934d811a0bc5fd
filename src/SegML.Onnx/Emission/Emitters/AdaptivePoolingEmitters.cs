using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>
/// Pooling to a fixed output size from an input of any size: output i of n over a dimension of size s looks at
/// <c>floor(i s / n) .. ceil((i + 1) s / n)</c>. ONNX has no such operator; both maximum and mean can be taken a dimension at a
/// time, as slices whose bounds are computed from the input's size. AdaptiveMaxPool3d is missing: TorchSharp 0.107 loses its
/// output size and cannot run it.
/// </summary>
internal static class AdaptivePoolingEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<AdaptiveAvgPool1d>((m, e) => Pool(e, [m.output_size], "ReduceMean", "GlobalAveragePool"))
        .Add<AdaptiveAvgPool2d>((m, e) => Pool(e, ConvolutionEmitters.Spread(m.output_size, 2), "ReduceMean", "GlobalAveragePool"))
        .Add<AdaptiveAvgPool3d>((m, e) => Pool(e, ConvolutionEmitters.Spread(m.output_size, 3), "ReduceMean", "GlobalAveragePool"))
        .Add<AdaptiveMaxPool1d>((m, e) => Pool(e, [m.output_size], "ReduceMax", "GlobalMaxPool"))
        .Add<AdaptiveMaxPool2d>((m, e) => Pool(e, ConvolutionEmitters.Spread(m.output_size, 2), "ReduceMax", "GlobalMaxPool"));

    internal static string Pool(EmitContext e, long[] sizes, string reduce, string whole)
    {
        if (e.Rank != sizes.Length + 2)
        {
            throw e.Unsupported($"an input of {e.Rank} dimensions where a batch has {sizes.Length + 2}");
        }
        if (sizes.All(s => s == 1))
        {
            return e.Node(whole, [e.Input]);
        }
        string value = e.Input;
        for (int d = 0; d < sizes.Length; d++)
        {
            if (sizes[d] < 1)
            {
                continue; // TorchSharp's way to say "as it is".
            }
            int axis = d + 2;
            string size = e.Sizes(value, axis, axis + 1), source = value;
            string[] bins = [.. Enumerable.Range(0, (int)sizes[d]).Select(i => Bin(e, source, size, axis, i, sizes[d], reduce))];
            value = bins.Length == 1 ? bins[0] : e.Node("Concat", bins, ("axis", axis));
        }
        return value;
    }

    private static string Bin(EmitContext e, string value, string size, int axis, long index, long count, string reduce)
    {
        string start = e.Node("Div", [e.Node("Mul", [size, e.Integers(index)]), e.Integers(count)]);
        string rounded = e.Node("Add", [e.Node("Mul", [size, e.Integers(index + 1)]), e.Integers(count - 1)]);
        string end = e.Node("Div", [rounded, e.Integers(count)]);
        return Reduce(e, reduce, e.Node("Slice", [value, start, end, e.Integers(axis)]), keep: true, axis);
    }

    // Opset 18 turned the axes of reductions from an attribute into an input.
    internal static string Reduce(EmitContext e, string opType, string value, bool keep, params long[] axes) => e.Opset >= 18
        ? e.Node(opType, [value, e.Integers(axes)], ("keepdims", keep))
        : e.Node(opType, [value], ("axes", axes), ("keepdims", keep));
}
