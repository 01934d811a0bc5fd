using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission.Operators;

/// <summary>Parts of a tensor at positions that C# code gives as numbers.</summary>
internal static class SliceOperators
{
    public static void AddTo(OnnxEmitters emitters) => emitters
        .AddOperator("slice", Sliced)
        .AddOperator("narrow", Narrowed)
        .AddOperator("select", e => e.Node("Gather", [e.Value(0), e.Node("Squeeze", [e.Size(2)])], ("axis", e.Axis(1, e.Rank))))
        .AddOperator("flip", Flipped)
        .AddOperator("roll", Rolled)
        .AddOperator("diagonal", Diagonal)
        .AddOperator("unfold", Windows)
        .AddOperator("tril", e => Triangle(e, upper: false))
        .AddOperator("triu", e => Triangle(e, upper: true));

    private static string Sliced(OperatorContext e)
    {
        string start = e.IsNone(2) ? e.Integers(0) : e.Size(2), end = e.IsNone(3) ? e.Integers(long.MaxValue) : e.Size(3);
        return e.Node("Slice", [e.Value(0), start, end, e.Integers(e.Axis(1, e.Rank)), e.Integers(e.Int(4, 1))]);
    }

    private static string Narrowed(OperatorContext e)
    {
        long[][] start = e.Elements(2), length = e.Elements(3);
        long[] end = [.. start[0].Zip(length[0], (s, l) => s + l)];
        // Up to the end, counted from there, is up to no number.
        string stop = end.All(v => v == 0) ? e.Integers(long.MaxValue) : end.Any(v => v != end[0]) ? e.Node("Add", [e.Size(2), e.Size(3)]) : e.Integers(end[0]);
        return e.Node("Slice", [e.Value(0), e.Size(2), stop, e.Integers(e.Axis(1, e.Rank))]);
    }

    private static string Flipped(OperatorContext e)
    {
        long[] axes = [.. e.Ints(1).Select(a => a < 0 ? a + e.Rank : a)];
        string All(long value) => e.Integers([.. axes.Select(_ => value)]);
        return e.Node("Slice", [e.Value(0), All(-1), All(long.MinValue), e.Integers(axes), All(-1)]);
    }

    private static string Rolled(OperatorContext e)
    {
        long[] shifts = e.Ints(1), axes = e.Ints(2);
        string value = e.Value(0);
        bool flat = axes.Length == 0;
        value = flat ? e.Node("Reshape", [value, e.Integers(-1)]) : value;
        for (int i = 0; i < shifts.Length; i++)
        {
            long axis = flat ? 0 : axes[i] < 0 ? axes[i] + e.Rank : axes[i];
            if (shifts[i] != 0)
            {
                string cut = e.Integers(-shifts[i]);
                string last = e.Node("Slice", [value, cut, e.Integers(long.MaxValue), e.Integers(axis)]);
                value = e.Node("Concat", [last, e.Node("Slice", [value, e.Integers(0), cut, e.Integers(axis)])], ("axis", axis));
            }
        }
        return flat ? e.Node("Reshape", [value, e.Node("Shape", [e.Tensor(0).Name])]) : value;
    }

    private static string Triangle(OperatorContext e, bool upper)
    {
        e.RequireOpset(14, "Trilu");
        string diagonal = e.Node("Squeeze", [e.IsNone(1) ? e.Integers(0) : e.Size(1)]);
        // ONNX Runtime has it for few types.
        ScalarType type = e.Output.Type is ScalarType.Bool ? ScalarType.Int64 : e.Output.Type;
        return e.Cast(e.Node("Trilu", [e.Value(0, type), diagonal], ("upper", upper)), type, e.Output.Type);
    }

    private static string Diagonal(OperatorContext e)
    {
        long offset = e.Int(1);
        int first = e.Axis(2, e.Rank), second = e.Axis(3, e.Rank, 1);
        long[] order = [.. ReductionOperators.All(e.Tensor(0)).Where(d => d != first && d != second), first, second];
        string value = e.Node("Transpose", [e.Value(0)], ("perm", order));
        long count = e.Output.Sizes.All(s => s[^1] == e.Output.Shape[^1]) ? e.Output.Shape[^1] : throw e.Unsupported("a diagonal whose length depends on the input's size");
        long[] rows = [.. Enumerable.Range(0, (int)count).Select(i => i + Math.Max(0, -offset))];
        string picked = e.Node("Gather", [value, e.Integers(rows)], ("axis", e.Rank - 2));
        string columns = e.Node("Reshape", [e.Integers([.. Enumerable.Range(0, (int)count).Select(i => i + Math.Max(0, offset))]), e.Integers([.. Enumerable.Repeat(1L, e.Rank - 2), count, 1])]);
        string shape = e.Node("Concat", [e.Sizes(picked, 0, e.Rank - 1), e.Integers(1)], ("axis", 0));
        return e.Node("Squeeze", [e.Node("GatherElements", [picked, e.Node("Expand", [columns, shape])], ("axis", e.Rank - 1)), e.Integers(e.Rank - 1)]);
    }

    // Windows of one dimension as a new last one.
    private static string Windows(OperatorContext e)
    {
        int axis = e.Axis(1, e.Rank);
        long size = e.Int(2), step = e.Int(3);
        if (e.Output.Sizes.Any(s => s[axis] != e.Output.Shape[axis]))
        {
            throw e.Unsupported("a number of windows that depends on the input's size");
        }
        long count = e.Output.Shape[axis];
        long[] places = [.. Enumerable.Range(0, (int)count).SelectMany(w => Enumerable.Range(0, (int)size).Select(i => w * step + i))];
        string windows = e.Node("Gather", [e.Value(0), e.Node("Reshape", [e.Integers(places), e.Integers(count, size)])], ("axis", axis));
        long[] order = [.. Enumerable.Range(0, e.Rank + 1).Select(i => (long)i).Where(i => i != axis + 1), axis + 1];
        return e.Node("Transpose", [windows], ("perm", order));
    }
}
