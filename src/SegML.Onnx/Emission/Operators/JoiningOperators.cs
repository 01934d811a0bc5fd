using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Tensors put together, and taken apart.</summary>
internal static class JoiningOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperator("cat", e => Joined(e, e.Axis(1, e.Output.Rank)))
        .AddOperator("concat", e => Joined(e, e.Axis(1, e.Output.Rank)))
        .AddOperator("concatenate", e => Joined(e, e.Axis(1, e.Output.Rank)))
        .AddOperator("hstack", e => Joined(e, Math.Min(1, e.Output.Rank - 1)))
        .AddOperator("stack", Stacked)
        .AddOperatorMany("chunk", e => Parts(e, e.Axis(2, e.Rank)))
        .AddOperatorMany("split", e => Parts(e, e.Axis(2, e.Rank)))
        .AddOperatorMany("split_with_sizes", e => Parts(e, e.Axis(2, e.Rank)))
        .AddOperatorMany("tensor_split", e => Parts(e, e.Axis(2, e.Rank)))
        .AddOperatorMany("unbind", e => [.. e.Outputs.Select((_, i) => e.Node("Gather", [e.Value(0), e.Integer(i)], ("axis", e.Axis(1, e.Rank))))])
        .AddOperatorMany("meshgrid", Grid);

    private static string Joined(OperatorContext e, int axis)
    {
        // An empty list of numbers joins with anything, as it always has in libtorch.
        string[] parts = [.. e.Tensors(0).Where(t => t!.Rank == e.Output.Rank).Select(t => e.Cast(t!, e.Output.Type))];
        return parts.Length == 1 ? e.Node("Identity", parts) : e.Node("Concat", parts, ("axis", axis));
    }

    private static string Stacked(OperatorContext e)
    {
        int axis = e.Axis(1, e.Output.Rank);
        return e.Node("Concat", [.. e.Tensors(0).Select(t => e.Node("Unsqueeze", [e.Cast(t!, e.Output.Type), e.Integers(axis)]))], ("axis", axis));
    }

    private static string[] Parts(OperatorContext e, int axis)
    {
        long[][] sizes = [.. e.Outputs.Select(o => o.Sizes.Select(s => s[axis]).ToArray())];
        if (sizes.Length == 1)
        {
            return [e.Value(0)];
        }
        // The first parts are of one size, the last takes what is left.
        bool known = sizes.All(s => s.All(v => v == s[0]));
        return known || e.Opset < 18 || e.Operator != "chunk"
            ? e.Node("Split", [e.Value(0), e.Sizes(sizes)], sizes.Length, ("axis", axis))
            : e.Node("Split", [e.Value(0)], sizes.Length, ("axis", axis), ("num_outputs", sizes.Length));
    }

    private static string[] Grid(OperatorContext e)
    {
        IReadOnlyList<TracedTensor?> lines = e.Tensors(0);
        bool swapped = e.Text(1, "ij") == "xy" && lines.Count > 1;
        int Axis(int i) => swapped && i < 2 ? 1 - i : i;
        string[] shape = new string[lines.Count];
        for (int i = 0; i < shape.Length; i++)
        {
            shape[Axis(i)] = e.Node("Reshape", [e.Node("Size", [lines[i]!.Name]), e.Integers(1)]);
        }
        string whole = e.Node("Concat", shape, ("axis", 0));
        return [.. lines.Select((line, i) =>
        {
            long[] one = [.. Enumerable.Repeat(1L, lines.Count)];
            one[Axis(i)] = -1;
            return e.Node("Expand", [e.Node("Reshape", [line!.Name, e.Integers(one)]), whole]);
        })];
    }
}
