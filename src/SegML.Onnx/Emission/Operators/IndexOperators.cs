using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Parts of a tensor at positions that a tensor holds, and writing to such.</summary>
internal static class IndexOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperator("embedding", e => e.Node("Gather", [e.Value(0), Positions(e, 1)], ("axis", 0)))
        .AddOperatorMany("embedding_bag", e => [Bags(e), .. e.Outputs.Skip(1).Select(_ => "")])
        .AddOperator("index_select", e => e.Node("Gather", [e.Value(0), Positions(e, 2)], ("axis", e.Axis(1, e.Rank))))
        .AddOperator("gather", e => e.Node("GatherElements", [e.Value(0), Positions(e, 2)], ("axis", e.Axis(1, e.Rank))))
        .AddOperator("take_along_dim", e => e.Node("GatherElements", [e.Value(0), Positions(e, 1)], ("axis", e.Axis(2, e.Rank))))
        .AddOperator("take", e => e.Node("Gather", [e.Node("Reshape", [e.Value(0), e.Integers(-1)]), Positions(e, 1)], ("axis", 0)))
        .AddOperator("scatter", e => Scattered(e))
        .AddOperator("scatter_add", e => Scattered(e, "add"))
        .AddOperator("index_add", Added)
        .AddOperator("index", Indexed)
        .AddOperator("index_put", Put)
        .AddOperator("masked_select", e => e.Node("Compress", [Flat(e, e.Value(0)), Flat(e, e.Value(1, ScalarType.Bool))], ("axis", 0)))
        .AddOperator("masked_scatter", e => throw e.Unsupported("values that are handed out one after the other"))
        .AddOperator("nonzero", e => e.Node("Transpose", [e.Node("NonZero", [e.Tensor(0).Name])], ("perm", new long[] { 1, 0 })))
        .AddOperator("one_hot", OneHot);

    private static string Positions(OperatorContext e, int index) => e.Cast(e.Tensor(index), ScalarType.Int64);

    private static string Flat(OperatorContext e, string value) => e.Node("Reshape", [value, e.Integers(-1)]);

    private static string OneHot(OperatorContext e)
    {
        long classes = e.Int(1, -1);
        if (classes < 0)
        {
            throw e.Unsupported("a number of classes that is not given");
        }
        string all = e.Integers([.. Enumerable.Range(0, (int)classes).Select(i => (long)i)]);
        return e.Node("Cast", [e.Node("Equal", [e.Node("Unsqueeze", [Positions(e, 0), e.Integers(-1)]), all])], ("to", 7));
    }

    private static string Scattered(OperatorContext e, string? reduction = null)
    {
        string places = Positions(e, 2), values = e.IsTensor(3) ? e.Value(3) : e.Node("Expand", [e.Value(3), e.Node("Shape", [places])]);
        if (e.IsTensor(3) && !e.Tensor(3).Shape.SequenceEqual(e.Tensor(2).Shape))
        {
            // Of larger values the first ones count.
            string axes = e.Integers(ReductionOperators.All(e.Tensor(3)));
            values = e.Node("Slice", [values, e.Integers([.. e.Tensor(3).Shape.Select(_ => 0L)]), e.Node("Shape", [places]), axes]);
        }
        if (reduction is null)
        {
            return e.Node("ScatterElements", [e.Value(0), places, values], ("axis", e.Axis(1, e.Rank)));
        }
        e.RequireOpset(16, "ScatterElements with a reduction");
        return e.Node("ScatterElements", [e.Value(0), places, values], ("axis", e.Axis(1, e.Rank)), ("reduction", reduction));
    }

    // The positions are the same for all of the other dimensions.
    private static string Added(OperatorContext e)
    {
        e.RequireOpset(16, "ScatterElements with a reduction");
        int axis = e.Axis(1, e.Rank);
        long[] line = [.. Enumerable.Range(0, e.Rank).Select(d => d == axis ? -1L : 1L)];
        string values = e.Value(3), places = e.Node("Expand", [e.Node("Reshape", [Positions(e, 2), e.Integers(line)]), e.Node("Shape", [values])]);
        values = e.Number(4, 1) is var factor && factor == 1 ? values : e.Node("Mul", [values, e.Scalar(factor, e.Output.Type)]);
        return e.Node("ScatterElements", [e.Value(0), places, values], ("axis", axis), ("reduction", "add"));
    }

    private static string Indexed(OperatorContext e)
    {
        IReadOnlyList<TracedTensor?> indices = e.Tensors(1);
        int[] given = [.. Enumerable.Range(0, indices.Count).Where(i => indices[i] is not null)];
        if (given is [int only])
        {
            TracedTensor index = indices[only]!;
            if (index.Type is not (ScalarType.Bool or ScalarType.Byte))
            {
                return e.Node("Gather", [e.Value(0), e.Cast(index, ScalarType.Int64)], ("axis", only));
            }
            string mask = e.Cast(index, ScalarType.Bool);
            return index.Rank == 1 ? e.Node("Compress", [e.Value(0), mask], ("axis", only))
                : only == 0 ? e.Node("GatherND", [e.Value(0), e.Node("Transpose", [e.Node("NonZero", [mask])], ("perm", new long[] { 1, 0 }))])
                : throw e.Unsupported("a mask of several dimensions that are not the first");
        }
        // The dimensions with positions first, then the others; and afterwards to where positions stood, if that was one place.
        long[] order = [.. given.Select(i => (long)i), .. Enumerable.Range(0, e.Rank).Except(given).Select(i => (long)i)];
        string value = given.Index().All(g => g.Item == g.Index) ? e.Value(0) : e.Node("Transpose", [e.Value(0)], ("perm", order));
        (string places, int rank) = Places(e, [.. given.Select(i => indices[i]!)]);
        string found = e.Node("GatherND", [value, places]);
        bool together = given[^1] - given[0] == given.Length - 1;
        if (!together || given[0] == 0)
        {
            return found;
        }
        long[] back = [.. Enumerable.Range(rank, given[0]).Select(i => (long)i), .. Enumerable.Range(0, rank).Select(i => (long)i),
            .. Enumerable.Range(rank + given[0], e.Output.Rank - rank - given[0]).Select(i => (long)i)];
        return e.Node("Transpose", [found], ("perm", back));
    }

    // The positions broadcast against each other, side by side in a last dimension.
    private static (string Places, int Rank) Places(OperatorContext e, TracedTensor[] indices)
    {
        if (indices.Any(i => i.Type is ScalarType.Bool or ScalarType.Byte))
        {
            throw e.Unsupported("several positions, one of which is a mask");
        }
        int rank = indices.Max(i => i.Rank);
        string[] positions = [.. indices.Select(i => e.Cast(i, ScalarType.Int64))];
        string sum = positions.Skip(1).Aggregate(positions[0], (a, b) => e.Node("Add", [a, b]));
        string shape = e.Node("Shape", [sum]);
        string[] columns = [.. positions.Select(p => e.Node("Unsqueeze", [e.Node("Expand", [p, shape]), e.Integers(-1)]))];
        return (columns.Length == 1 ? columns[0] : e.Node("Concat", columns, ("axis", -1)), rank);
    }

    private static string Put(OperatorContext e)
    {
        IReadOnlyList<TracedTensor?> indices = e.Tensors(1);
        TracedTensor values = e.Tensor(2);
        bool adds = e.Flag(3);
        if (indices is [{ Type: ScalarType.Bool or ScalarType.Byte } mask] && !adds && values.Shape.All(s => s == 1))
        {
            string condition = e.Cast(mask, ScalarType.Bool);
            condition = mask.Rank == e.Rank ? condition : e.Node("Unsqueeze", [condition, e.Integers([.. Enumerable.Range(mask.Rank, e.Rank - mask.Rank).Select(i => (long)i)])]);
            return e.Node("Where", [condition, e.Node("Reshape", [e.Value(2), e.Integers()]), e.Value(0)]);
        }
        if (indices.Any(i => i is null))
        {
            throw e.Unsupported("positions to write to that do not begin with the first dimension");
        }
        (string places, int rank) = Places(e, [.. indices.Cast<TracedTensor>()]);
        string shape = e.Sizes(places, 0, rank);
        shape = e.Rank == indices.Count ? shape : e.Node("Concat", [shape, e.Sizes(e.Tensor(0).Name, indices.Count, e.Rank)], ("axis", 0));
        string content = e.Node("Expand", [e.Value(2), shape]);
        if (!adds)
        {
            return e.Node("ScatterND", [e.Value(0), places, content]);
        }
        e.RequireOpset(16, "ScatterND with a reduction");
        return e.Node("ScatterND", [e.Value(0), places, content], ("reduction", "add"));
    }

    // Sums and means of the rows of each bag, by a matrix that tells which row is in which. Weight, positions, where bags begin.
    private static string Bags(OperatorContext e)
    {
        long mode = e.Int(4);
        if (mode > 1)
        {
            throw e.Unsupported("a maximum over each bag");
        }
        string positions = Positions(e, 1), starts = Positions(e, 2);
        string rows = e.Node("Gather", [e.Value(0, ScalarType.Float32), positions], ("axis", 0));
        string Line(string tensor) => e.Node("Range", [e.Integer(0), e.Node("Size", [tensor]), e.Integer(1)]);
        string begun = e.Node("GreaterOrEqual", [e.Node("Unsqueeze", [Line(positions), e.Integers(1)]), e.Node("Unsqueeze", [starts, e.Integers(0)])]);
        string bag = e.Node("Sub", [ReductionOperators.Sum(e, e.Node("Cast", [begun], ("to", 7)), keep: false, 1), e.Integer(1)]);
        string member = e.Node("Cast", [e.Node("Equal", [e.Node("Unsqueeze", [Line(starts), e.Integers(1)]), e.Node("Unsqueeze", [bag, e.Integers(0)])])], ("to", 1));
        string weighted = e.IsNone(6) ? member : e.Node("Mul", [member, e.Value(6)]);
        string sums = e.Node("MatMul", [weighted, rows]);
        return mode == 0 ? sums : e.Node("Div", [sums, e.Node("Max", [ReductionOperators.Sum(e, member, keep: true, 1), e.Float(1)])]);
    }
}
