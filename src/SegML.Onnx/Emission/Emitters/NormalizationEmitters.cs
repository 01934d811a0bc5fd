using TorchSharp.Modules;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Normalisations, as they compute in evaluation mode.</summary>
internal static class NormalizationEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<BatchNorm1d>(Batch).Add<BatchNorm2d>(Batch).Add<BatchNorm3d>(Batch)
        .Add<InstanceNorm1d>(Instance).Add<InstanceNorm2d>(Instance).Add<InstanceNorm3d>(Instance)
        .Add<GroupNorm>(Group)
        .Add<LayerNorm>(Layer)
        .Add<LocalResponseNorm>(LocalResponse);

    private static string Batch(NormBase module, EmitContext e)
    {
        if (module.running_mean is null || module.running_var is null)
        {
            throw e.Unsupported("no running statistics (track_running_stats: false)");
        }
        return e.Node("BatchNormalization", [e.Input, .. Affine(module, e), e.Parameter("running_mean", module.running_mean),
            e.Parameter("running_var", module.running_var)], ("epsilon", module.eps));
    }

    private static string Instance(NormBase module, EmitContext e)
    {
        if (module.running_mean is not null)
        {
            return Batch(module, e); // With running statistics it is a batch normalisation.
        }
        return e.Node("InstanceNormalization", [e.Input, .. Affine(module, e)], ("epsilon", module.eps));
    }

    private static string[] Affine(NormBase module, EmitContext e) =>
    [
        module.weight is null ? Filled(e, "weight", 1, module.num_features) : e.Parameter("weight", module.weight),
        module.bias is null ? Filled(e, "bias", 0, module.num_features) : e.Parameter("bias", module.bias),
    ];

    // ONNX's GroupNormalization changed its meaning between opsets 18 and 21; an instance normalisation of the groups did not.
    private static string Group(GroupNorm module, EmitContext e) => Group(e, module.num_groups, module.eps,
        module.affine ? e.Parameter("weight", module.weight!) : null, module.affine ? e.Parameter("bias", module.bias!) : null);

    internal static string Group(EmitContext e, long count, double epsilon, string? weight, string? bias)
    {
        string groups = e.Node("Reshape", [e.Input, e.Integers(0, count, -1)]);
        string normal = e.Node("InstanceNormalization", [groups, Filled(e, "group_weight", 1, count), Filled(e, "group_bias", 0, count)], ("epsilon", epsilon));
        string result = e.Node("Reshape", [normal, e.Node("Shape", [e.Input])]);
        string Spread(string parameter) => e.Rank == 2 ? parameter : e.Node("Unsqueeze", [parameter, e.Integers([.. Enumerable.Range(1, e.Rank - 2).Select(i => (long)i)])]);
        result = weight is null ? result : e.Node("Mul", [result, Spread(weight)]);
        return bias is null ? result : e.Node("Add", [result, Spread(bias)]);
    }

    private static string Layer(LayerNorm module, EmitContext e)
    {
        string? weight = module.weight is null ? null : e.Parameter("weight", module.weight);
        string? bias = module.bias is null ? null : e.Parameter("bias", module.bias);
        if (weight is null && e.Opset >= 17)
        {
            long count = module.normalized_shape.Aggregate(1L, (a, b) => a * b);
            weight = e.Floats("weight", [.. Enumerable.Repeat(1f, (int)count)], module.normalized_shape);
        }
        return Layer(e, e.Input, module.normalized_shape.Length, module.eps, weight, bias);
    }

    /// <summary>Normalises the last dimensions, as many as <paramref name="dims"/> says.</summary>
    internal static string Layer(EmitContext e, string input, int dims, double epsilon, string? weight, string? bias)
    {
        if (e.Opset >= 17 && weight is not null)
        {
            return e.Node("LayerNormalization", bias is null ? [input, weight] : [input, weight, bias], ("axis", -dims), ("epsilon", epsilon));
        }
        // Opsets below 17 have no such operator, and it wants a weight.
        long[] axes = [.. Enumerable.Range(1, dims).Select(i => (long)-i)];
        string centred = e.Node("Sub", [input, AdaptivePoolingEmitters.Reduce(e, "ReduceMean", input, keep: true, axes)]);
        string variance = AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Node("Mul", [centred, centred]), keep: true, axes);
        string normal = e.Node("Div", [centred, e.Node("Sqrt", [e.Node("Add", [variance, e.Float(epsilon)])])]);
        string scaled = weight is null ? normal : e.Node("Mul", [normal, weight]);
        return bias is null ? scaled : e.Node("Add", [scaled, bias]);
    }

    // ONNX's LRN centres an even window the other way round. Here: the mean of squares over neighbouring channels, by a pooling
    // of [N, 1, C, everything else].
    private static string LocalResponse(LocalResponseNorm module, EmitContext e)
    {
        string shape = e.Node("Shape", [e.Input]);
        string squares = e.Node("Mul", [e.Input, e.Input]);
        string flat = e.Node("Reshape", [squares, e.Node("Concat", [e.Sizes(e.Input, 0, 1), e.Integers(1), e.Sizes(e.Input, 1, 2), e.Integers(-1)], ("axis", 0))]);
        long before = module.size / 2, after = (module.size - 1) / 2;
        string mean = e.Node("AveragePool", [flat], ("kernel_shape", new[] { module.size, 1 }), ("strides", new long[] { 1, 1 }),
            ("pads", new[] { before, 0, after, 0 }), ("count_include_pad", 1));
        string power = e.Node("Pow", [e.Node("Add", [e.Node("Mul", [e.Node("Reshape", [mean, shape]), e.Float(module.alpha)]),
            e.Float(module.k)]), e.Float(module.beta)]);
        return e.Node("Div", [e.Input, power]);
    }

    internal static string Filled(EmitContext e, string name, float value, long count) =>
        e.Floats(name, [.. Enumerable.Repeat(value, (int)count)], count);
}
