using SegML.Onnx.Emission.Emitters;
using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Operators that give the same values another shape, order or type.</summary>
internal static class ShapeOperators
{
    public static void AddTo(OnnxEmitters emitters)
    {
        foreach (string dropout in new[] { "dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout" })
        {
            emitters.AddOperator(dropout, e => e.Flag(2) && e.Number(1) > 0
                ? throw e.Unsupported("dropout in training mode, which draws at random (eval() reaches modules in fields, and none that forward creates)")
                : e.Value(0));
        }
        foreach (string same in new[] { "contiguous", "clone", "detach", "alias", "to", "_to_copy", "type_as", "lift_fresh", "lift", "requires_grad", "resolve_conj", "resolve_neg", "positive" })
        {
            emitters.AddOperator(same, e => e.Value(0));
        }
        foreach (string reshape in new[] { "view", "reshape", "_unsafe_view", "unflatten" })
        {
            emitters.AddOperator(reshape, e => e.Node("Reshape", [e.Value(0), e.ShapeToReshape()]));
        }
        emitters
            .AddOperator("flatten", e => Flattened(e, e.Axis(1, e.Rank), e.Axis(2, e.Rank, -1)))
            .AddOperator("ravel", e => e.Node("Reshape", [e.Value(0), e.Integers(-1)]))
            .AddOperator("view_as", e => e.Node("Reshape", [e.Value(0), e.Node("Shape", [e.Tensor(1).Name])]))
            .AddOperator("reshape_as", e => e.Node("Reshape", [e.Value(0), e.Node("Shape", [e.Tensor(1).Name])]))
            .AddOperator("squeeze", Squeezed)
            .AddOperator("unsqueeze", e => e.Node("Unsqueeze", [e.Value(0), e.Integers(e.Axis(1, e.Output.Rank))]))
            .AddOperator("expand", e => Expanded(e, 1))
            .AddOperator("broadcast_to", e => Expanded(e, 1))
            .AddOperator("expand_as", e => e.Node("Expand", [e.Value(0), e.Node("Shape", [e.Tensor(1).Name])]))
            .AddOperatorMany("broadcast_tensors", Broadcast)
            .AddOperator("repeat", Repeated)
            .AddOperator("tile", Repeated)
            .AddOperator("repeat_interleave", Interleaved);
        emitters
            .AddOperator("permute", e => Transposed(e, e.Ints(1)))
            .AddOperator("transpose", e => Swapped(e, e.Axis(1, e.Rank), e.Axis(2, e.Rank)))
            .AddOperator("swapaxes", e => Swapped(e, e.Axis(1, e.Rank), e.Axis(2, e.Rank)))
            .AddOperator("swapdims", e => Swapped(e, e.Axis(1, e.Rank), e.Axis(2, e.Rank)))
            .AddOperator("t", e => e.Rank < 2 ? e.Value(0) : Swapped(e, 0, 1))
            .AddOperator("numpy_T", e => Transposed(e, [.. Enumerable.Range(0, e.Rank).Reverse().Select(i => (long)i)]))
            .AddOperator("movedim", Moved)
            .AddOperator("moveaxis", Moved)
            .AddOperator("pixel_shuffle", e => e.Node("DepthToSpace", [e.Value(0)], ("blocksize", e.Int(1)), ("mode", "CRD")))
            .AddOperator("pixel_unshuffle", e => ShapeEmitters.Unshuffled(e, e.Int(1)))
            .AddOperator("channel_shuffle", e => ShapeEmitters.Shuffled(e, e.Int(1)));
    }

    // The product of sizes may be the same number at all sizes that were tried; it is left to Reshape.
    private static string Flattened(OperatorContext e, int from, int to)
    {
        List<string> shape = [e.Integers(-1)];
        if (from > 0)
        {
            shape.Insert(0, e.Sizes([.. Enumerable.Range(0, from).Select(d => e.Tensor(0).Sizes.Select(s => s[d]).ToArray())]));
        }
        if (to < e.Rank - 1)
        {
            shape.Add(e.Sizes([.. Enumerable.Range(to + 1, e.Rank - 1 - to).Select(d => e.Tensor(0).Sizes.Select(s => s[d]).ToArray())]));
        }
        return e.Node("Reshape", [e.Value(0), shape.Count == 1 ? shape[0] : e.Node("Concat", shape, ("axis", 0))]);
    }

    private static string Squeezed(OperatorContext e)
    {
        TracedTensor input = e.Tensor(0);
        long[] axes = e.Count == 1
            ? [.. Enumerable.Range(0, input.Rank).Where(d => input.Sizes.All(s => s[d] == 1)).Select(d => (long)d)]
            : [.. e.Ints(1).Select(a => a < 0 ? a + input.Rank : a).Where(a => input.Rank > 0 && input.Shape[(int)a] == 1)];
        if (input.Rank - axes.Length != e.Output.Rank)
        {
            throw e.Unsupported("dimensions of size 1 at some input sizes only");
        }
        return axes.Length == 0 ? e.Value(0) : e.Node("Squeeze", [e.Value(0), e.Integers(axes)]);
    }

    // -1 keeps a size, as a 1 does here.
    private static string Expanded(OperatorContext e, int index)
    {
        long[][] sizes = [.. e.Elements(index).Select(s => s.Select(v => v < 0 ? 1 : v).ToArray())];
        return e.Node("Expand", [e.Value(0), e.Sizes(sizes)]);
    }

    private static string[] Broadcast(OperatorContext e)
    {
        string[] names = [.. e.Tensors(0).Select(t => t!.Name)];
        return [.. names.Select((n, i) => e.Node("Expand", [n, e.ShapeOf(i)]))];
    }

    private static string Repeated(OperatorContext e)
    {
        long[][] times = e.Elements(1);
        int more = times.Length - e.Rank;
        string value = e.Value(0);
        if (more > 0)
        {
            value = e.Node("Unsqueeze", [value, e.Integers([.. Enumerable.Range(0, more).Select(i => (long)i)])]);
        }
        long[] once = [.. times.Length > 0 ? times[0].Select(_ => 1L) : [1L]];
        long[][] all = [.. Enumerable.Repeat(once, Math.Max(0, -more)), .. times];
        return e.Node("Tile", [value, e.Sizes(all)]);
    }

    private static string Interleaved(OperatorContext e)
    {
        if (e.IsTensor(1))
        {
            throw e.Unsupported("another number of repeats for each value");
        }
        string value = e.IsNone(2) ? e.Node("Reshape", [e.Value(0), e.Integers(-1)]) : e.Value(0);
        int rank = e.IsNone(2) ? 1 : e.Rank, axis = e.Axis(2, rank);
        string wide = e.Node("Unsqueeze", [value, e.Integers(axis + 1)]);
        List<string> times = [e.Size(1)];
        times.Insert(0, e.Integers([.. Enumerable.Repeat(1L, axis + 1)]));
        if (rank > axis + 1)
        {
            times.Add(e.Integers([.. Enumerable.Repeat(1L, rank - axis - 1)]));
        }
        return e.Node("Reshape", [e.Node("Tile", [wide, e.Node("Concat", times, ("axis", 0))]), e.ShapeToReshape()]);
    }

    private static string Moved(OperatorContext e)
    {
        long[] from = [.. e.Ints(1).Select(a => a < 0 ? a + e.Rank : a)], to = [.. e.Ints(2).Select(a => a < 0 ? a + e.Rank : a)];
        var order = new long[e.Rank];
        Array.Fill(order, -1);
        for (int i = 0; i < from.Length; i++)
        {
            order[to[i]] = from[i];
        }
        var rest = new Queue<long>(Enumerable.Range(0, e.Rank).Select(i => (long)i).Except(from));
        return Transposed(e, [.. order.Select(o => o < 0 ? rest.Dequeue() : o)]);
    }

    private static string Swapped(OperatorContext e, int a, int b)
    {
        long[] order = ReductionOperators.All(e.Tensor(0));
        if (order.Length > 0)
        {
            (order[a], order[b]) = (order[b], order[a]);
        }
        return Transposed(e, order);
    }

    private static string Transposed(OperatorContext e, long[] order) => e.Node("Transpose", [e.Value(0)], ("perm", order.Select(o => o < 0 ? o + order.Length : o)));
}
