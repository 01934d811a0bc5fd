using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// The weights that make one destination pixel out of source pixels along an axis, as a matrix that the graph computes from the two
/// sizes: <c>Resize</c> has no area filter. In integers up to the last division, so that the weights are exact at any size.
/// </summary>
internal static class ResamplingMatrix
{
    /// <summary>An axis' length: a scalar value in the graph, and the number itself where it is known.</summary>
    public readonly record struct Side(string Value, long? Known)
    {
        public static Side Of(GraphPart part, long size) => new(part.Integer(size), size);
    }

    /// <summary>Emits the matrix.</summary>
    /// <returns>The value's name: [destination, source], or the transpose of that.</returns>
    public static string Emit(GraphPart part, Side source, Side destination, bool transposed)
    {
        string from = Counted(part, destination.Value, transposed ? 0 : 1), of = Counted(part, source.Value, transposed ? 1 : 0);
        if (source.Known is { } s && destination.Known is { } d)
        {
            return s > d ? Area(part, from, of, source.Value, destination.Value) : Linear(part, from, of, source.Value, destination.Value);
        }
        return part.Node("Where",
        [
            part.Node("Greater", [source.Value, destination.Value]),
            Area(part, from, of, source.Value, destination.Value),
            Linear(part, from, of, source.Value, destination.Value),
        ]);
    }

    // 0, 1, 2, ... as a row or a column.
    private static string Counted(GraphPart part, string count, long unsqueezed) =>
        part.Node("Unsqueeze", [part.Node("Range", [part.Integer(0), count, part.Integer(1)]), part.Integers(unsqueezed)]);

    // In units of a source pixel's n-th part, destination pixel i of n covers i s to (i + 1) s, and source pixel k of s covers k n to
    // (k + 1) n. The weight is how much of the one lies in the other, by s.
    private static string Area(GraphPart part, string i, string k, string s, string n)
    {
        string start = part.Node("Mul", [i, s]), sourceStart = part.Node("Mul", [k, n]);
        string end = part.Node("Min", [part.Node("Add", [start, s]), part.Node("Add", [sourceStart, n])]);
        string overlap = part.Node("Sub", [end, part.Node("Max", [start, sourceStart])]);
        return Share(part, overlap, s);
    }

    // The centre of destination pixel i lies at ((2 i + 1) s - n) / 2n among the source's centres. The weight falls from 1 there to 0 one
    // pixel away.
    private static string Linear(GraphPart part, string i, string k, string s, string n)
    {
        string whole = part.Node("Mul", [n, part.Integer(2)]);
        string odd = part.Node("Add", [part.Node("Mul", [i, part.Integer(2)]), part.Integer(1)]);
        string centre = part.Node("Sub", [part.Node("Mul", [odd, s]), n]);
        string last = part.Node("Mul", [part.Node("Sub", [s, part.Integer(1)]), whole]);
        string inside = part.Node("Min", [part.Node("Max", [centre, part.Integer(0)]), last]);
        string distance = part.Node("Abs", [part.Node("Sub", [inside, part.Node("Mul", [k, whole])])]);
        return Share(part, part.Node("Sub", [whole, distance]), whole);
    }

    private static string Share(GraphPart part, string amount, string of)
    {
        string positive = part.Node("Max", [amount, part.Integer(0)]);
        return part.Node("Div", [Cast(part, positive, DataType.Float), Cast(part, of, DataType.Float)]);
    }

    public static string Cast(GraphPart part, string value, DataType type) => part.Node("Cast", [value], ("to", (long)type));
}
