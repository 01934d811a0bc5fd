using SegML.Onnx.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>The operations of <c>SegML.Onnx.Modules</c>. ResizeLike is with the other resampling.</summary>
internal static class OperationEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<Add>((_, e) => e.Node("Add", Names(e)))
        .Add<Sub>((_, e) => e.Node("Sub", Names(e)))
        .Add<Mul>((_, e) => e.Node("Mul", Names(e)))
        .Add<Div>((_, e) => e.Node("Div", Names(e)))
        .Add<MatMul>((_, e) => e.Node("MatMul", Names(e)))
        .Add<Concat>((m, e) => e.Node("Concat", Names(e), ("axis", m.Dim)))
        .Add<Permute>((m, e) => e.Node("Transpose", [e.Input], ("perm", m.Order)))
        .Add<Reshape>((m, e) => e.Node("Reshape", [e.Input, e.Integers([.. m.Shape])]))
        .Add<Slice>((m, e) => e.Node("Slice", [e.Input, e.Integers(m.Start), e.Integers(m.End), e.Integers(m.Dim), e.Integers(m.Step)]))
        .Add<Mean>((m, e) => AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Input, m.KeepDims, [.. m.Dims]));

    private static string[] Names(EmitContext e) => [.. e.Inputs.Select(i => i!.Name)];
}
