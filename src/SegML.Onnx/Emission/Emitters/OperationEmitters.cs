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
        .Add<Scale>((m, e) => e.Node("Mul", [e.Input, e.Float(m.Factor)]))
        .Add<Squeeze>((m, e) => e.Node("Squeeze", [e.Input, e.Integers(m.Dim)]))
        .Add<Unsqueeze>((m, e) => e.Node("Unsqueeze", [e.Input, e.Integers(m.Dim)]))
        .Add<UnflattenLike>((_, e) => e.Node("Reshape", [e.Input,
            e.Node("Concat", [e.Sizes(e.Input, 0, 2), e.Sizes(e.Inputs[1]!.Name, 2, e.Inputs[1]!.Rank)], ("axis", 0))]))
        .AddMany<Chunk>((m, e) => e.EqualParts(e.Input, m.Parts, m.Dim))
        .Add<LogSumExp>(LogSumExp)
        .Add<Mean>((m, e) => AdaptivePoolingEmitters.Reduce(e, "ReduceMean", e.Input, m.KeepDims, [.. m.Dims]));

    private static string LogSumExp(LogSumExp module, EmitContext e)
    {
        string[] channels = [.. module.Groups.Select(group => Channel(e.Node("Gather", [e.Input, e.Integers([.. group])], ("axis", 1L)), group.Count))];
        return channels.Length == 1 ? channels[0] : e.Node("Concat", channels, ("axis", 1L));

        string Channel(string members, int count) => count == 1 ? members : AdaptivePoolingEmitters.Reduce(e, "ReduceLogSumExp", members, keep: true, 1);
    }

    private static string[] Names(EmitContext e) => [.. e.Inputs.Select(i => i!.Name)];
}
