using Google.Protobuf;
using SegML.Onnx.Protobuf;
using static SegML.Onnx.Protobuf.AttributeProto.Types;

namespace SegML.Onnx.Graphs;

/// <summary>ONNX's node attributes as plain values, and from them: the value's type decides the attribute's.</summary>
internal static class Attributes
{
    public static AttributeProto Create(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case bool or int or long:
                attribute.Type = AttributeType.Int;
                attribute.I = Convert.ToInt64(value);
                break;
            case float or double:
                attribute.Type = AttributeType.Float;
                attribute.F = Convert.ToSingle(value);
                break;
            case string text:
                attribute.Type = AttributeType.String;
                attribute.S = ByteString.CopyFromUtf8(text);
                break;
            case IEnumerable<long> integers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.AddRange(integers);
                break;
            case IEnumerable<float> floats:
                attribute.Type = AttributeType.Floats;
                attribute.Floats.AddRange(floats);
                break;
            case IEnumerable<string> texts:
                attribute.Type = AttributeType.Strings;
                attribute.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                break;
            case TensorProto tensor:
                attribute.Type = AttributeType.Tensor;
                attribute.T = tensor;
                break;
            default:
                throw new ArgumentException($"Attribute {name} is a {value?.GetType().Name ?? "null"}, which is none of ONNX's kinds.", nameof(value));
        }
        return attribute;
    }

    /// <summary>An attribute of whole numbers; null where it is not set.</summary>
    public static long[]? Integers(NodeProto node, string name) => Find(node, name) is { } attribute
        ? attribute.Type == AttributeType.Int ? [attribute.I] : [.. attribute.Ints]
        : null;

    /// <summary>An attribute that is one whole number.</summary>
    public static long Integer(NodeProto node, string name, long otherwise) => Find(node, name)?.I ?? otherwise;

    /// <summary>An attribute that is a text.</summary>
    public static string Text(NodeProto node, string name, string otherwise) => Find(node, name)?.S.ToStringUtf8() ?? otherwise;

    private static AttributeProto? Find(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);
}
