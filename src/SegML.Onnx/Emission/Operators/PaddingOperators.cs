using SegML.Onnx.Emission.Emitters;
using TorchSharp;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Padding by a constant, by reflection, by the border, and around.</summary>
internal static class PaddingOperators
{
    // As libtorch numbers them.
    private static readonly PaddingModes[] Modes = [PaddingModes.Reflect, PaddingModes.Replicate, PaddingModes.Circular, PaddingModes.Constant];

    public static void AddTo(OnnxEmitters emitters)
    {
        emitters
            .AddOperator("constant_pad_nd", e => Pad(e, PaddingModes.Constant, e.Number(2)))
            .AddOperator("_pad_enum", e => Pad(e, Modes[e.Int(2)], e.Number(3)))
            .AddOperator("_pad_circular", e => Pad(e, PaddingModes.Circular, 0))
            .AddOperator("pad", e => Pad(e, e.Text(2, "constant") switch
            {
                "reflect" => PaddingModes.Reflect,
                "replicate" => PaddingModes.Replicate,
                "circular" => PaddingModes.Circular,
                _ => PaddingModes.Constant,
            }, e.Number(3)));
        foreach (int dims in new[] { 1, 2, 3 })
        {
            emitters
                .AddOperator($"reflection_pad{dims}d", e => Pad(e, PaddingModes.Reflect, 0))
                .AddOperator($"replication_pad{dims}d", e => Pad(e, PaddingModes.Replicate, 0));
        }
    }

    // libtorch lists (before, after) from the last dimension to the first; ONNX all befores, then all afters.
    private static string Pad(OperatorContext e, PaddingModes mode, double value)
    {
        long[][] padding = e.Elements(1);
        int dims = padding.Length / 2, rank = e.Rank;
        long[] none = new long[padding[0].Length];
        if (mode == PaddingModes.Circular)
        {
            long[] fixedPadding = e.Ints(1);
            return PaddingEmitters.Pad(e, e.Value(0), [.. Enumerable.Range(0, dims).Select(d => fixedPadding[2 * (dims - 1 - d)])],
                [.. Enumerable.Range(0, dims).Select(d => fixedPadding[2 * (dims - 1 - d) + 1])], mode, 0);
        }
        long[][] Side(int side) => [.. Enumerable.Repeat(none, rank - dims), .. Enumerable.Range(0, dims).Select(d => padding[2 * (dims - 1 - d) + side])];
        string pads = e.Sizes([.. Side(0), .. Side(1)]);
        return mode switch
        {
            PaddingModes.Reflect => e.Node("Pad", [e.Value(0), pads], ("mode", "reflect")),
            PaddingModes.Replicate => e.Node("Pad", [e.Value(0), pads], ("mode", "edge")),
            _ => e.Node("Pad", [e.Value(0), pads, e.Scalar(value, e.Output.Type)], ("mode", "constant")),
        };
    }
}
