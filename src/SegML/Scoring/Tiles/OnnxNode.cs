using System.Runtime.InteropServices;

namespace SegML.Scoring.Tiles;

/// <summary>An operation of an ONNX graph, by the field numbers of onnx.proto's NodeProto and AttributeProto.</summary>
internal sealed class OnnxNode
{
    private readonly Dictionary<string, long[]> _numbers = [];
    private readonly Dictionary<string, string> _texts = [];

    private OnnxNode()
    {
    }

    public string Operator { get; private set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    /// <summary>The value of its attribute "value" (of a Constant) where it is a small tensor of numbers.</summary>
    public double[]? Constant { get; private set; }

    /// <summary>Whether it holds a graph of its own (If, Loop, Scan).</summary>
    public bool HasGraph { get; private set; }

    /// <summary>An attribute of whole numbers; null where it is not set.</summary>
    public long[]? Numbers(string attribute) => _numbers.GetValueOrDefault(attribute);

    /// <summary>An attribute that is one whole number.</summary>
    public long Number(string attribute, long otherwise) => Numbers(attribute) is [long value, ..] ? value : otherwise;

    /// <summary>An attribute that is a text.</summary>
    public string Text(string attribute, string otherwise) => _texts.GetValueOrDefault(attribute, otherwise);

    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public static OnnxNode Read(ReadOnlySpan<byte> message)
    {
        var node = new OnnxNode();
        var field = new ProtobufFields(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    node.Inputs.Add(field.Text);
                    break;
                case 2:
                    node.Outputs.Add(field.Text);
                    break;
                case 4:
                    node.Operator = field.Text;
                    break;
                case 5:
                    node.ReadAttribute(field.Content);
                    break;
            }
        }
        return node;
    }

    private void ReadAttribute(ReadOnlySpan<byte> message)
    {
        string name = "";
        string? text = null;
        var numbers = new List<long>();
        var field = new ProtobufFields(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    name = field.Text;
                    break;
                case 3 or 8:
                    field.AddNumbersTo(numbers);
                    break;
                case 4:
                    text = field.Text;
                    break;
                case 5 when name == "value":
                    Constant = OnnxTensor.Read(field.Content).Values;
                    break;
                case 6 or 11:
                    HasGraph = true;
                    break;
            }
        }
        if (numbers.Count > 0)
        {
            _numbers[name] = [.. numbers];
        }
        if (text is not null)
        {
            _texts[name] = text;
        }
    }
}

/// <summary>A constant tensor of an ONNX graph, by the field numbers of onnx.proto's TensorProto.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Its values where it is small and of float32, int32 or int64; else null.</param>
internal sealed record OnnxTensor(string Name, long[] Shape, double[]? Values)
{
    // Sizes, axes and scales have a handful of values; weights are of no interest.
    private const int MostValues = 16;

    private const int Float32 = 1, Int32 = 6, Int64 = 7;

    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public static OnnxTensor Read(ReadOnlySpan<byte> message)
    {
        string name = "";
        long type = 0;
        var shape = new List<long>();
        var numbers = new List<long>();
        ReadOnlySpan<byte> raw = default, singles = default;
        var field = new ProtobufFields(message);
        while (field.Next())
        {
            switch (field.Number)
            {
                case 1:
                    field.AddNumbersTo(shape);
                    break;
                case 2:
                    type = field.Value;
                    break;
                case 4:
                    singles = field.Content;
                    break;
                case 5 or 7 when field.Content.Length <= 10 * MostValues:
                    field.AddNumbersTo(numbers);
                    break;
                case 8:
                    name = field.Text;
                    break;
                case 9:
                    raw = field.Content;
                    break;
            }
        }
        long count = shape.Aggregate(1L, (a, b) => a * b);
        return new OnnxTensor(name, [.. shape], count > MostValues ? null : (type, numbers.Count) switch
        {
            (Int32 or Int64, > 0) => [.. numbers.Select(n => (double)n)],
            (Int64, _) => [.. MemoryMarshal.Cast<byte, long>(raw).ToArray().Select(n => (double)n)],
            (Int32, _) => [.. MemoryMarshal.Cast<byte, int>(raw).ToArray().Select(n => (double)n)],
            (Float32, _) => [.. MemoryMarshal.Cast<byte, float>(raw.IsEmpty ? singles : raw).ToArray().Select(n => (double)n)],
            _ => null,
        });
    }
}
