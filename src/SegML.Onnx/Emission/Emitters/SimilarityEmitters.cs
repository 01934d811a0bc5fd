using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>How alike two tensors are.</summary>
internal static class SimilarityEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters.Add<CosineSimilarity>(Cosine).Add<PairwiseDistance>(Distance);

    private static string Cosine(CosineSimilarity module, EmitContext e)
    {
        long dim = ShapeEmitters.Positive(module.dim, e.Rank);
        string Unit(string value)
        {
            string length = e.Node("Sqrt", [Sum(e, e.Node("Mul", [value, value]), keep: true, dim)]);
            return e.Node("Div", [value, e.Node("Max", [length, e.Float(module.eps)])]);
        }

        return Sum(e, e.Node("Mul", [Unit(e.Inputs[0]!.Name), Unit(e.Inputs[1]!.Name)]), keep: false, dim);
    }

    // The norm of the difference over the last dimension.
    private static string Distance(PairwiseDistance module, EmitContext e)
    {
        string difference = e.Node("Add", [e.Node("Sub", [e.Inputs[0]!.Name, e.Inputs[1]!.Name]), e.Float(module.eps)]);
        string magnitude = e.Node("Abs", [difference]);
        return double.IsPositiveInfinity(module.norm)
            ? AdaptivePoolingEmitters.Reduce(e, "ReduceMax", magnitude, module.keepdim, -1)
            : e.Node("Pow", [Sum(e, e.Node("Pow", [magnitude, e.Float(module.norm)]), module.keepdim, -1), e.Float(1 / module.norm)]);
    }

    // ReduceSum has had its axes as an input since opset 13, earlier than the other reductions.
    private static string Sum(EmitContext e, string value, bool keep, long dim) => e.Node("ReduceSum", [value, e.Integers(dim)], ("keepdims", keep));
}
