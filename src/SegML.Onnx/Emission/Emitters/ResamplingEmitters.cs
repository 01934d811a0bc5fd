using TorchSharp;
using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Resampling to a size or by a scale.</summary>
internal static class ResamplingEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<Upsample>(Resample)
        .Add<Modules.ResizeLike>((_, e) => ToSize(e, e.Sizes(e.Inputs[1]!.Name, e.Inputs[1]!.Rank - 2, e.Inputs[1]!.Rank),
            torch.UpsampleMode.Bilinear, alignCorners: false));

    private static string Resample(Upsample module, EmitContext e)
    {
        int dims = e.Rank - 2;
        bool align = module.align_corners == true;
        if (module.size.Length > 0)
        {
            return ToSize(e, e.Integers(ConvolutionEmitters.Spread(module.size.ToArray(), dims)), module.mode, align);
        }
        double[] factors = module.scale_factor.ToArray();
        factors = factors.Length == 1 ? [.. Enumerable.Repeat(factors[0], dims)] : factors;
        if (module.recompute_scale_factor == true)
        {
            // The size is computed from the factor, and the factor that counts from the sizes.
            string exact = e.Node("Mul", [e.Node("Cast", [e.Sizes(e.Input, 2, e.Rank)], ("to", 1)),
                e.Floats("factors", [.. factors.Select(f => (float)f)], dims)]);
            return ToSize(e, e.Node("Cast", [e.Node("Floor", [exact])], ("to", 7)), module.mode, align);
        }
        float[] scales = [1, 1, .. factors.Select(f => (float)f)];
        return e.Node("Resize", [e.Input, "", e.Floats("scales", scales, scales.Length)], Options(module.mode, align));
    }

    internal static string ToSize(EmitContext e, string size, torch.UpsampleMode mode, bool alignCorners)
    {
        string sizes = e.Node("Concat", [e.Sizes(e.Input, 0, 2), size], ("axis", 0));
        return e.Node("Resize", [e.Input, "", "", sizes], Options(mode, alignCorners));
    }

    // TorchSharp's half-pixel rule is ONNX's "half_pixel"; "pytorch_half_pixel" differs at outputs of size 1.
    internal static (string, object)[] Options(torch.UpsampleMode mode, bool alignCorners)
    {
        string coordinates = alignCorners ? "align_corners" : "half_pixel";
        return mode switch
        {
            torch.UpsampleMode.Nearest =>
                [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")],
            torch.UpsampleMode.Bicubic =>
                [("mode", "cubic"), ("coordinate_transformation_mode", coordinates), ("cubic_coeff_a", -0.75f)],
            _ => [("mode", "linear"), ("coordinate_transformation_mode", coordinates)],
        };
    }
}
