using System.Buffers.Binary;

namespace SegML.Scoring;

/// <summary>
/// How much memory a model's constants would take: ONNX Runtime computes what depends on no input when it opens a model, and a few bytes can ask
/// for gigabytes (ConstantOfShape, Expand, Tile). Looked at before it is opened. Bounded are the operators whose result's size such bytes name;
/// what a model takes at run time is not bounded here.
/// </summary>
internal sealed class OnnxConstants
{
    /// <summary>The most that they may take all together, beside what the file itself holds.</summary>
    private const long MostBytes = 256L << 20;

    private const int MostDepth = 16, MostValues = 64;

    // Small constants whose values are known, and the sizes of all.
    private readonly Dictionary<string, long[]> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Int128> _elements = new(StringComparer.Ordinal);
    private Int128 _bytes;

    private OnnxConstants()
    {
    }

    /// <summary>Refuses a model whose constants are too large.</summary>
    /// <param name="model">The ONNX file's content.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="ModelFormatException">They are, or the file is no ONNX model.</exception>
    public static void Check(ReadOnlySpan<byte> model, string name)
    {
        var constants = new OnnxConstants();
        try
        {
            bool hasGraph = false;
            for (var fields = new OnnxWire(model); fields.Next();)
            {
                if (fields.Field == 7 && fields.HasContent)
                {
                    hasGraph = true;
                    constants.ReadGraph(fields.Message, 0);
                }
            }
            if (!hasGraph)
            {
                throw new InvalidDataException("it holds no graph");
            }
        }
        catch (InvalidDataException e)
        {
            throw new ModelFormatException(name, $"is truncated, damaged or not an ONNX model ({e.Message})", "export it again", e);
        }
        if (constants._bytes > MostBytes)
        {
            throw new ModelFormatException(name, $"has constants that take {(double)constants._bytes / (1 << 20):0} MB when it is opened, above the limit of {MostBytes >> 20}",
                "do not use it unless you know where it comes from; export it again with its constants computed");
        }
    }

    /// <summary>The metadata of a model, without opening it.</summary>
    /// <inheritdoc cref="Check"/>
    public static IReadOnlyDictionary<string, string> Metadata(ReadOnlySpan<byte> model, string name)
    {
        Check(model, name);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var fields = new OnnxWire(model); fields.Next();)
        {
            if (fields.Field != 14 || !fields.HasContent)
            {
                continue;
            }
            string key = "", value = "";
            for (OnnxWire entry = fields.Message; entry.Next();)
            {
                (key, value) = entry.Field switch { 1 => (entry.Text, value), 2 => (key, entry.Text), _ => (key, value) };
            }
            metadata[key] = value;
        }
        return metadata;
    }

    private void ReadGraph(OnnxWire graph, int depth)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException($"its graphs are nested more than {MostDepth} deep");
        }
        // Initializers follow the nodes that use them.
        for (OnnxWire fields = graph; fields.Next();)
        {
            if (fields.Field == 5 && fields.HasContent)
            {
                ReadTensor(fields.Message, null);
            }
        }
        for (OnnxWire fields = graph; fields.Next();)
        {
            if (fields.Field == 1 && fields.HasContent)
            {
                ReadNode(fields.Message, depth);
            }
        }
    }

    private void ReadNode(OnnxWire node, int depth)
    {
        string operation = "";
        string? output = null;
        var inputs = new List<string>(4);
        int width = sizeof(float);
        for (OnnxWire fields = node; fields.Next();)
        {
            switch (fields.Field)
            {
                case 1 when inputs.Count < 4:
                    inputs.Add(fields.Text);
                    break;
                case 2:
                    output ??= fields.Text;
                    break;
                case 4:
                    operation = fields.Text;
                    break;
            }
        }
        for (OnnxWire fields = node; fields.Next();)
        {
            if (fields.Field != 5 || !fields.HasContent)
            {
                continue;
            }
            for (OnnxWire attribute = fields.Message; attribute.Next();)
            {
                if (attribute.Field is 6 or 11 && attribute.HasContent)
                {
                    ReadGraph(attribute.Message, depth + 1);
                }
                else if (attribute.Field == 5 && attribute.HasContent)
                {
                    width = ReadTensor(attribute.Message, operation == "Constant" ? output : "");
                }
            }
        }
        if (output is not null && Elements(operation, inputs) is { } elements)
        {
            _elements[output] = elements;
            _bytes += elements * width;
        }
    }

    // The size of a result that depends on constants alone; null: it does not, or is no larger than what it is made of.
    private Int128? Elements(string operation, List<string> inputs)
    {
        string? First(int i) => i < inputs.Count ? inputs[i] : null;
        return operation switch
        {
            "ConstantOfShape" when Values(First(0)) is { } shape => Product(shape),
            "Expand" when Size(First(0)) is { } from && Values(First(1)) is { } shape => Int128.Max(from, Product(shape)),
            "Tile" when Size(First(0)) is { } from && Values(First(1)) is { } times => from * Product(times),
            "Range" when Values(First(0)) is [var start] && Values(First(1)) is [var end] && Values(First(2)) is [not 0 and var step] =>
                Int128.Max(0, ((Int128)end - start) / step),
            _ => null,
        };
    }

    private long[]? Values(string? name) => name is not null ? _values.GetValueOrDefault(name) : null;

    private Int128? Size(string? name) => name is not null && _elements.TryGetValue(name, out Int128 size) ? size : null;

    private static Int128 Product(long[] sides)
    {
        Int128 product = 1;
        foreach (long side in sides)
        {
            product = side < 0 ? product : Int128.Min(product * side, (Int128)long.MaxValue);
        }
        return product;
    }

    /// <summary>Notes a tensor under its own name or another; gives the width of its elements.</summary>
    private int ReadTensor(OnnxWire tensor, string? name)
    {
        var sides = new List<long>(4);
        var numbers = new List<long>();
        ReadOnlySpan<byte> raw = default;
        int type = 1;
        string own = "";
        for (; tensor.Next();)
        {
            switch (tensor.Field)
            {
                case 1:
                    tensor.AddNumbers(sides, MostValues);
                    break;
                case 2:
                    type = (int)tensor.Number;
                    break;
                case 7 when numbers.Count < MostValues:
                    tensor.AddNumbers(numbers, MostValues + 1);
                    break;
                case 8 when name is null:
                    own = tensor.Text;
                    break;
                case 9:
                    raw = tensor.Content;
                    break;
            }
        }
        string key = name ?? own;
        if (key.Length > 0)
        {
            _elements[key] = Product([.. sides]);
            if (type == 7 && (raw.Length > 0 ? raw.Length / 8 : numbers.Count) <= MostValues)
            {
                _values[key] = raw.Length > 0 ? ReadRaw(raw) : [.. numbers];
            }
        }
        return type switch { 2 or 3 or 9 => 1, 4 or 5 or 10 or 16 => 2, 7 or 11 or 13 => 8, _ => 4 };
    }

    private static long[] ReadRaw(ReadOnlySpan<byte> raw)
    {
        var values = new long[raw.Length / 8];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(raw[(8 * i)..]);
        }
        return values;
    }
}
