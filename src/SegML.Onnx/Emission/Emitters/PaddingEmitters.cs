using TorchSharp;
using TorchSharp.Modules;

namespace SegML.Onnx.Emission.Emitters;

/// <summary>Padding by a constant, by reflection, by the border, and around.</summary>
internal static class PaddingEmitters
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .Add<ConstantPad1d>(Constant).Add<ConstantPad2d>(Constant).Add<ConstantPad3d>(Constant).Add<ZeroPad2d>(Constant)
        .Add<ReflectionPad1d>(Reflection).Add<ReflectionPad2d>(Reflection).Add<ReflectionPad3d>(Reflection)
        .Add<ReplicationPad1d>(Replication).Add<ReplicationPad2d>(Replication).Add<ReplicationPad3d>(Replication);

    private static string Constant(PadBase module, EmitContext e) => Pad(module, e, PaddingModes.Constant);

    private static string Reflection(PadBase module, EmitContext e) => Pad(module, e, PaddingModes.Reflect);

    private static string Replication(PadBase module, EmitContext e) => Pad(module, e, PaddingModes.Replicate);

    // TorchSharp lists (before, after) from the last dimension to the first; ONNX all befores, then all afters.
    private static string Pad(PadBase module, EmitContext e, PaddingModes mode)
    {
        long[] padding = module.padding;
        int dims = padding.Length / 2;
        long[] before = [.. Enumerable.Range(0, dims).Select(d => padding[2 * (dims - 1 - d)])];
        long[] after = [.. Enumerable.Range(0, dims).Select(d => padding[2 * (dims - 1 - d) + 1])];
        return Pad(e, e.Input, before, after, mode, module.value);
    }

    /// <summary>Pads the last dimensions, as many as there are numbers.</summary>
    internal static string Pad(EmitContext e, string input, long[] before, long[] after, PaddingModes mode, double value)
    {
        int rank = e.Rank, first = rank - before.Length;
        if (mode == PaddingModes.Circular)
        {
            return Around(e, input, before, after, first);
        }
        var pads = new long[2 * rank];
        before.CopyTo(pads, first);
        after.CopyTo(pads, rank + first);
        string amounts = e.Integers(pads);
        return mode switch
        {
            PaddingModes.Reflect => e.Node("Pad", [input, amounts], ("mode", "reflect")),
            PaddingModes.Replicate => e.Node("Pad", [input, amounts], ("mode", "edge")),
            _ => e.Node("Pad", [input, amounts, e.Float(value)], ("mode", "constant")),
        };
    }

    // The Pad operator learnt "wrap" in opset 19 only. The end before the start, the start behind the end, a dimension at a time.
    private static string Around(EmitContext e, string input, long[] before, long[] after, int first)
    {
        for (int d = 0; d < before.Length; d++)
        {
            List<string> parts = [input];
            if (before[d] > 0)
            {
                parts.Insert(0, e.Node("Slice", [input, e.Integers(-before[d]), e.Integers(long.MaxValue), e.Integers(first + d)]));
            }
            if (after[d] > 0)
            {
                parts.Add(e.Node("Slice", [input, e.Integers(0), e.Integers(after[d]), e.Integers(first + d)]));
            }
            input = parts.Count == 1 ? input : e.Node("Concat", parts, ("axis", first + d));
        }
        return input;
    }
}
