using SegML.Onnx.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>The operations of <c>SegML.Onnx.Modules</c>.</summary>
internal static class OperationEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<Add>((_, e) => e.Node("Add", Names(e)))
        .Add<Concat>((m, e) => e.Node("Concat", Names(e), ("axis", m.Dim)));

    private static string[] Names(EmitContext e) => [.. e.Inputs.Select(i => i!.Name)];
}
