using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Tracing;
using TorchSharp;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Resampling to a size or by a scale, and at given places.</summary>
internal static class ResamplingOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        foreach ((string name, int dims, torch.UpsampleMode mode) in new[]
        {
            ("upsample_linear1d", 1, torch.UpsampleMode.Linear), ("upsample_bilinear2d", 2, torch.UpsampleMode.Bilinear),
            ("upsample_bicubic2d", 2, torch.UpsampleMode.Bicubic), ("upsample_trilinear3d", 3, torch.UpsampleMode.Trilinear),
        })
        {
            // Input, sizes, whether corners are aligned, scales.
            emitters.AddOperator(name, e => Resized(e, dims, 3, ResamplingEmitters.Options(mode, e.Flag(2))));
        }
        foreach (int dims in new[] { 1, 2, 3 })
        {
            emitters
                .AddOperator($"upsample_nearest{dims}d", e => Resized(e, dims, 2, ResamplingEmitters.Options(torch.UpsampleMode.Nearest, alignCorners: false)))
                .AddOperator($"_upsample_nearest_exact{dims}d", e => Resized(e, dims, 2,
                    [("mode", "nearest"), ("coordinate_transformation_mode", "half_pixel"), ("nearest_mode", "round_prefer_ceil")]));
        }
        emitters.AddOperator("grid_sampler", Sampled).AddOperator("grid_sampler_2d", Sampled);
    }

    // A scale counts where it was given: the places come from it, and not from the sizes.
    private static string Resized(OperatorContext e, int dims, int scales, (string, object)[] options)
    {
        double[] factors = e.Argument(scales) is List<object?> list
            ? [.. list.Select(f => (double)f!)]
            : [.. Enumerable.Range(scales, dims).Where(i => !e.IsNone(i)).Select(i => e.Number(i))];
        TracedTensor input = e.Tensor(0);
        bool exact = factors.Length == dims && e.Output.Sizes.Zip(input.Sizes).All(s => Enumerable.Range(0, dims)
            .All(d => s.First[d + 2] == (long)Math.Floor(s.Second[d + 2] * (double)(float)factors[d])));
        if (exact)
        {
            float[] all = [1, 1, .. factors.Select(f => (float)f)];
            return e.Node("Resize", [e.Value(0), "", e.Floats("scales", all, all.Length)], options);
        }
        string sizes = e.Node("Concat", [e.Sizes(input.Name, 0, 2), .. Enumerable.Range(2, dims).Select(e.OutputSize)], ("axis", 0));
        return e.Node("Resize", [e.Value(0), "", "", sizes], options);
    }

    private static string Sampled(OperatorContext e)
    {
        e.RequireOpset(16, "GridSample");
        string mode = (e.Int(2), e.Opset >= 20) switch
        {
            (0, true) => "linear",
            (0, false) => "bilinear",
            (1, _) => "nearest",
            (_, true) => "cubic",
            _ => "bicubic",
        };
        return e.Node("GridSample", [e.Value(0), e.Value(1)], ("mode", mode), ("padding_mode", new[] { "zeros", "border", "reflection" }[e.Int(3)]),
            ("align_corners", e.Flag(4)));
    }
}
