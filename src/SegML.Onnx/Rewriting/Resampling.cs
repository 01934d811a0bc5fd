using static SegML.Onnx.Protobuf.TensorProto.Types;

namespace SegML.Onnx.Rewriting;

/// <summary>
/// Resampling along the rows of [N, C, H, W] by the area filter (shrinking) or linear interpolation (growing), which <c>Resize</c> does
/// not have together: each destination row is a few source rows, gathered, times their weights. Places and weights are computed in the
/// graph from the two sizes, in integers up to the last division, so that they are exact at any size.
/// </summary>
internal static class Resampling
{
    /// <summary>An axis' length: a scalar value in the graph, and the number itself where it is known.</summary>
    public readonly record struct Side(string Value, long? Known)
    {
        public static Side Of(GraphPart part, long size) => new(part.Integer(size), size);
    }

    /// <summary>Emits the resampling.</summary>
    /// <param name="part">Where to.</param>
    /// <param name="value">[N, C, H, W], bytes or floats.</param>
    /// <param name="source">H.</param>
    /// <param name="destination">The new H.</param>
    /// <returns>The result's name, floats.</returns>
    public static string Rows(GraphPart part, string value, Side source, Side destination)
    {
        bool? shrinks = source.Known is { } s && destination.Known is { } n ? s > n : null;
        (string sourceSize, string size) = (source.Value, destination.Value);
        string taps = shrinks switch
        {
            true => AreaTaps(part, sourceSize, size),
            false => part.Integer(2),
            null => part.Node("Where", [part.Node("Greater", [sourceSize, size]), AreaTaps(part, sourceSize, size), part.Integer(2)]),
        };
        string row = part.Node("Unsqueeze", [Counted(part, size), part.Integers(1)]), tap = Counted(part, taps);
        (string Places, string Weights) area = shrinks is false ? default : Area(part, row, tap, sourceSize, size);
        (string Places, string Weights) linear = shrinks is true ? default : Linear(part, row, tap, sourceSize, size);
        (string places, string weights) = shrinks switch
        {
            true => area,
            false => linear,
            null => (Either(area.Places, linear.Places), Either(area.Weights, linear.Weights)),
        };
        // A place behind the last row has no weight; it only has to exist.
        string inside = part.Node("Min", [places, part.Node("Sub", [sourceSize, part.Integer(1)])]);
        string gathered = Cast(part, part.Node("Gather", [value, inside], ("axis", 2)), DataType.Float);
        // [H, 1, taps] times [N, C, H, taps, W].
        string sum = part.Node("MatMul", [part.Node("Unsqueeze", [weights, part.Integers(1)]), gathered]);
        return part.Node("Squeeze", [sum, part.Integers(3)]);

        string Either(string shrinking, string growing) => part.Node("Where", [part.Node("Greater", [sourceSize, size]), shrinking, growing]);
    }

    public static string Cast(GraphPart part, string value, DataType type) => part.Node("Cast", [value], ("to", (long)type));

    // ceil(s / n) + 1
    private static string AreaTaps(GraphPart part, string s, string n) =>
        part.Node("Add", [part.Node("Div", [part.Node("Sub", [part.Node("Add", [s, n]), part.Integer(1)]), n]), part.Integer(1)]);

    // 0, 1, 2, ...
    private static string Counted(GraphPart part, string count) => part.Node("Range", [part.Integer(0), count, part.Integer(1)]);

    // In units of a source row's n-th part, destination row i of n covers i s to (i + 1) s, and source row k of s covers k n to
    // (k + 1) n. The weight is how much of the one lies in the other, by s.
    private static (string Places, string Weights) Area(GraphPart part, string i, string tap, string s, string n)
    {
        string start = part.Node("Mul", [i, s]);
        string k = part.Node("Add", [part.Node("Div", [start, n]), tap]);
        string sourceStart = part.Node("Mul", [k, n]);
        string end = part.Node("Min", [part.Node("Add", [start, s]), part.Node("Add", [sourceStart, n])]);
        string overlap = part.Node("Sub", [end, part.Node("Max", [start, sourceStart])]);
        return (k, Share(part, overlap, s));
    }

    // The centre of destination row i lies at ((2 i + 1) s - n) / 2n among the source's centres. The weight falls from 1 there to 0 one
    // row away.
    private static (string Places, string Weights) Linear(GraphPart part, string i, string tap, string s, string n)
    {
        string whole = part.Node("Mul", [n, part.Integer(2)]);
        string odd = part.Node("Add", [part.Node("Mul", [i, part.Integer(2)]), part.Integer(1)]);
        string centre = part.Node("Sub", [part.Node("Mul", [odd, s]), n]);
        string last = part.Node("Mul", [part.Node("Sub", [s, part.Integer(1)]), whole]);
        string inside = part.Node("Min", [part.Node("Max", [centre, part.Integer(0)]), last]);
        string k = part.Node("Add", [part.Node("Div", [inside, whole]), tap]);
        string distance = part.Node("Abs", [part.Node("Sub", [inside, part.Node("Mul", [k, whole])])]);
        return (k, Share(part, part.Node("Sub", [whole, distance]), whole));
    }

    private static string Share(GraphPart part, string amount, string of)
    {
        string positive = part.Node("Max", [amount, part.Integer(0)]);
        return part.Node("Div", [Cast(part, positive, DataType.Float), Cast(part, of, DataType.Float)]);
    }
}
