using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Fully connected layers.</summary>
internal static class LinearEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<Linear>(Linear)
        .Add<Bilinear>(Bilinear)
        .Add<Embedding>((module, e) => e.Node("Gather", [e.Parameter("weight", module.weight!), e.Input], ("axis", 0)));

    // The weight stays as TorchSharp stores it, [out, in], so that a model's weights can be read back; ONNX Runtime
    // transposes constants when it loads the model.
    private static string Linear(Linear module, EmitContext e)
    {
        string weight = e.Parameter("weight", module.weight!);
        string? bias = module.bias is null ? null : e.Parameter("bias", module.bias);
        if (e.Rank == 2)
        {
            return e.Node("Gemm", bias is null ? [e.Input, weight] : [e.Input, weight, bias], ("transB", 1));
        }
        string product = e.Node("MatMul", [e.Input, e.Node("Transpose", [weight], ("perm", new long[] { 1, 0 }))]);
        return bias is null ? product : e.Node("Add", [product, bias]);
    }

    private static string Bilinear(Bilinear module, EmitContext e)
    {
        string product = e.Node("Einsum", [e.Inputs[0]!.Name, e.Parameter("weight", module.weight!), e.Inputs[1]!.Name],
            ("equation", "...i,oij,...j->...o"));
        return module.bias is null ? product : e.Node("Add", [product, e.Parameter("bias", module.bias)]);
    }
}
