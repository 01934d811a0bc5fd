using Google.Protobuf;
using SegML.Scoring.Adoption.Parts;

namespace SegML.Scoring.Adoption;

/// <summary>An ONNX model of any origin, as far as adoption reads it. What it does not read stays in it.</summary>
internal sealed class ForeignGraph
{
    private const int AttributeGraph = 5, AttributeGraphs = 10;

    private readonly Dictionary<string, Node> _makers = [];

    private ForeignGraph(Model model, string name)
    {
        Model = model;
        FileName = name;
        Opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 1;
        HashSet<string> constants = [.. Graph.Initializer.Select(i => i.Name)];
        Inputs = [.. Graph.Input.Where(i => !constants.Contains(i.Name)).Select(ForeignTensor.Of)];
        Outputs = [.. Graph.Output.Select(ForeignTensor.Of)];
        foreach (Node node in Graph.Node)
        {
            foreach (string output in node.Output)
            {
                _makers[output] = node;
            }
        }
    }

    public Model Model { get; }

    public Graph Graph => Model.Graph;

    /// <summary>What errors call it.</summary>
    public string FileName { get; }

    /// <summary>The version of ONNX's own operators.</summary>
    public long Opset { get; }

    /// <summary>What it is given, constants left out.</summary>
    public IReadOnlyList<ForeignTensor> Inputs { get; }

    public IReadOnlyList<ForeignTensor> Outputs { get; }

    /// <summary>Reads a model.</summary>
    /// <exception cref="ModelFormatException">It is not an ONNX model.</exception>
    public static ForeignGraph Read(byte[] model, string name) => Boundary.Model.Cross(name, () =>
    {
        Model read;
        try
        {
            read = Model.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Damaged(e);
        }
        return read.Graph is null || read.Graph.Output.Count == 0 ? throw Damaged(null) : new ForeignGraph(read, name);

        ModelFormatException Damaged(Exception? inner) => new(name, "is truncated, damaged or not an ONNX model", "export it again", inner);
    });

    /// <summary>The metadata that another tool wrote into it.</summary>
    public string? Property(string key) => Model.MetadataProps.FirstOrDefault(p => p.Key == key)?.Value;

    /// <summary>The node that computes a value; null: an input or a constant.</summary>
    public Node? MakerOf(string value) => _makers.GetValueOrDefault(value);

    /// <summary>A constant; null: the value is computed.</summary>
    public Tensor? Constant(string value) => Graph.Initializer.FirstOrDefault(i => i.Name == value)
        ?? (MakerOf(value) is { OpType: "Constant" } node ? node.Attribute.FirstOrDefault(a => a.T is not null)?.T : null);

    /// <summary>The sizes that the file gives a value, null where they vary. Null: none.</summary>
    public IReadOnlyList<long?>? SizesOf(string value) =>
        Graph.Output.Concat(Graph.ValueInfo).FirstOrDefault(v => v.Name == value) is { } known ? ForeignTensor.Of(known).Sizes : null;

    /// <summary>The nodes of the graph itself that read a value.</summary>
    public IEnumerable<Node> ReadersOf(string value) => Graph.Node.Where(n => n.Input.Contains(value));

    /// <summary>An integer attribute of a node.</summary>
    public static long Integer(Node node, string name, long otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I ?? otherwise;

    /// <summary>Gives a value another name, in subgraphs too.</summary>
    public void Rename(string from, string to)
    {
        Rename(Graph, from, to);
        if (_makers.Remove(from, out Node? maker))
        {
            _makers[to] = maker;
        }
    }

    /// <summary>A name that no value has, made of another.</summary>
    public string Unused(string name)
    {
        HashSet<string> taken = [.. Graph.Node.SelectMany(n => n.Output), .. Graph.Initializer.Select(i => i.Name), .. Graph.Input.Select(i => i.Name)];
        string free = name;
        while (taken.Contains(free))
        {
            free += "_";
        }
        return free;
    }

    private static void Rename(Graph graph, string from, string to)
    {
        foreach (Node node in graph.Node)
        {
            Replace(node.Input, from, to);
            Replace(node.Output, from, to);
            foreach (Parts.Attribute attribute in node.Attribute)
            {
                if (attribute.Type == AttributeGraph && attribute.G is { } body)
                {
                    Rename(body, from, to);
                }
                else if (attribute.Type == AttributeGraphs)
                {
                    foreach (Graph each in attribute.Graphs)
                    {
                        Rename(each, from, to);
                    }
                }
            }
        }
        foreach (Value value in graph.Input.Concat(graph.ValueInfo).Concat(graph.Output).Where(v => v.Name == from))
        {
            value.Name = to;
        }
        foreach (Tensor constant in graph.Initializer.Where(c => c.Name == from))
        {
            constant.Name = to;
        }
    }

    private static void Replace(IList<string> names, string from, string to)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == from)
            {
                names[i] = to;
            }
        }
    }
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, by ONNX's number; 0: not a tensor.</param>
/// <param name="Sizes">Its sizes, null where they vary. Null: the file does not say how many axes it has.</param>
internal sealed record ForeignTensor(string Name, int Type, IReadOnlyList<long?>? Sizes)
{
    public const int Float = 1, Uint8 = 2, Int32 = 6, Int64 = 7, Bool = 9, Float16 = 10, Double = 11, Bfloat16 = 16;

    private static readonly string[] Names =
        ["no tensor", "float", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "double", "uint32", "uint64", "complex64", "complex128", "bfloat16"];

    public bool IsFloat => Type is Float or Float16 or Double or Bfloat16;

    public bool IsInteger => Type is > Float and <= Int64 or Bool or 12 or 13;

    public static ForeignTensor Of(Value value)
    {
        TensorType? type = value.Type?.TensorType;
        return new ForeignTensor(value.Name, type?.ElemType ?? 0,
            type?.Shape is null ? null : [.. type.Shape.Dim.Select(d => d.ValueCase == Dimension.ValueOneofCase.DimValue && d.DimValue > 0 ? d.DimValue : (long?)null)]);
    }

    /// <summary>"pixels" uint8 [?, 640, 640, 3].</summary>
    public override string ToString() =>
        $"\"{Name}\" {(Type >= 0 && Type < Names.Length ? Names[Type] : $"type {Type}")}{(Sizes is null ? "" : $" [{string.Join(", ", Sizes.Select(s => s?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"))}]")}";
}
