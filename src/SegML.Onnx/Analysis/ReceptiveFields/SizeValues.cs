using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis.ReceptiveFields;

/// <summary>
/// The small integer tensors by which a graph passes sizes on: each element a number, or the size of a tensor along an
/// axis. As much as resizing to another tensor's size takes: Shape, Slice, Gather, Concat, Cast and the like.
/// </summary>
internal sealed class SizeValues(SmallConstants constants)
{
    private readonly Dictionary<string, Element[]> _values = [];

    /// <summary>An element: a tensor's size along an axis, or a number (Tensor is null), or not known (Axis is -1).</summary>
    public readonly record struct Element(string? Tensor, int Axis, double Number)
    {
        public static Element Unknown { get; } = new(null, -1, 0);
    }

    /// <summary>A tensor's elements; null where they are not known.</summary>
    public Element[]? Of(string tensor) =>
        _values.TryGetValue(tensor, out Element[]? known) ? known
        : constants.Of(tensor) is { } numbers
            ? [.. numbers.Select(n => new Element(null, 0, n))]
            : null;

    /// <summary>A tensor's elements where all are numbers; else null.</summary>
    public int[]? Numbers(string tensor) =>
        Of(tensor) is { } elements && elements.All(e => e is { Tensor: null, Axis: 0 }) ? [.. elements.Select(e => (int)Math.Clamp(e.Number, int.MinValue, int.MaxValue))] : null;

    /// <summary>Follows an operation.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="rank">Dimensions of the tensor that a Shape is of.</param>
    public void Follow(NodeProto node, int rank)
    {
        Element[]? result = node.OpType switch
        {
            "Shape" => Shape(node, rank),
            "Concat" => Concat(node),
            "Slice" => Slice(node),
            "Gather" when Of(node.Input[0]) is { } from && Numbers(node.Input[1]) is { } at => [.. at.Select(i => from[i < 0 ? i + from.Length : i])],
            "Cast" or "Identity" or "Unsqueeze" or "Squeeze" => Of(node.Input[0]),
            _ => null,
        };
        if (result is not null)
        {
            _values[node.Output[0]] = result;
        }
    }

    private static Element[] Shape(NodeProto node, int rank)
    {
        (int start, int end) = Range((int)Attributes.Integer(node, "start", 0), (int)Math.Min(Attributes.Integer(node, "end", rank), rank), rank);
        return [.. Enumerable.Range(start, end - start).Select(axis => new Element(node.Input[0], axis, 0))];
    }

    private Element[]? Concat(NodeProto node)
    {
        var all = new List<Element>();
        foreach (string input in node.Input)
        {
            if (Of(input) is not { } part)
            {
                return null;
            }
            all.AddRange(part);
        }
        return [.. all];
    }

    private Element[]? Slice(NodeProto node)
    {
        if (node.Input.Count < 3 || Of(node.Input[0]) is not { } from
            || Numbers(node.Input[1]) is not [int first] || Numbers(node.Input[2]) is not [int last]
            || (node.Input.Count > 4 && Numbers(node.Input[4]) is not [1]))
        {
            return null;
        }
        (int start, int end) = Range(first, last, from.Length);
        return from[start..end];
    }

    private static (int Start, int End) Range(int start, int end, int length)
    {
        int from = Math.Clamp(start < 0 ? start + length : start, 0, length);
        return (from, Math.Clamp(end < 0 ? end + length : end, from, length));
    }
}
