using System.Globalization;
using SegML.Onnx.Graphs;
using SegML.Onnx.Tracing;
using static TorchSharp.torch;

namespace SegML.Onnx.Emission;

/// <summary>
/// Writes the nodes of one operation into the graph. Its arguments are those of libtorch's operator, in order. A whole number that came out differently in runs at
/// different input sizes is a size: <see cref="Size"/> and <see cref="Sizes(int)"/> express it by the inputs' dimensions.
/// </summary>
public sealed class OperatorContext : EmitContext
{
    private readonly IReadOnlyList<OperatorCall> _runs;
    private readonly SizeExpressions _sizes;

    internal OperatorContext(GraphBuilder graph, IReadOnlyList<OperatorCall> runs, int opset, SizeExpressions sizes)
        : base(graph, runs[0], opset)
    {
        _runs = runs;
        _sizes = sizes;
    }

    /// <summary>libtorch's name of the operator: <c>add</c>.</summary>
    public string Operator => _runs[0].Operator;

    /// <summary>The first result.</summary>
    public TracedTensor Output => Outputs[0];

    /// <summary>The number of arguments.</summary>
    public int Count => _runs[0].Arguments.Count;

    internal string Subject => _runs[0].Subject;

    internal string Signature => string.Join(", ", _runs[0].Arguments.Select(Text));

    /// <summary>Whether an argument is missing or null.</summary>
    public bool IsNone(int index) => Argument(index) is null;

    /// <summary>An argument that is a tensor.</summary>
    public TracedTensor Tensor(int index) => (TracedTensor)Argument(index)!;

    /// <summary>An argument that is a list of tensors, in which some may be null.</summary>
    public IReadOnlyList<TracedTensor?> Tensors(int index) => [.. ((List<object?>)Argument(index)!).Cast<TracedTensor?>()];

    /// <summary>Whether an argument is a tensor, and no number.</summary>
    public bool IsTensor(int index) => Argument(index) is TracedTensor;

    /// <summary>An argument that is a whole number, the same at all input sizes.</summary>
    /// <exception cref="OnnxExportException">It depends on the input's size.</exception>
    public long Int(int index, long missing = 0) => Argument(index) switch
    {
        null => missing,
        bool flag => flag ? 1 : 0,
        double number => (long)number,
        _ => Fixed([.. _runs.Select(r => (long)r.Arguments[index]!)]),
    };

    /// <summary>An argument that is a list of whole numbers, the same at all input sizes. One number makes a list of one.</summary>
    /// <exception cref="OnnxExportException">They depend on the input's size.</exception>
    public long[] Ints(int index) => Argument(index) switch
    {
        null => [],
        long => [Int(index)],
        _ => [.. Elements(index).Select(Fixed)],
    };

    /// <summary>An argument that is a number, the same at all input sizes.</summary>
    public double Number(int index, double missing = 0)
    {
        if (Argument(index) is null)
        {
            return missing;
        }
        double[] values = [.. _runs.Select(r => Convert.ToDouble(r.Arguments[index], CultureInfo.InvariantCulture))];
        return values.All(v => v.Equals(values[0])) ? values[0] : throw Depends($"the number {values[0]:G6}");
    }

    /// <summary>An argument that is a truth value.</summary>
    public bool Flag(int index, bool missing = false) => Argument(index) switch
    {
        null => missing,
        bool flag => flag,
        var number => Convert.ToInt64(number, CultureInfo.InvariantCulture) != 0,
    };

    /// <summary>An argument that is a text.</summary>
    public string Text(int index, string missing = "") => Argument(index) as string ?? missing;

    /// <summary>The ONNX value of an argument: a tensor, or a number as a constant without dimensions.</summary>
    /// <param name="index">Which argument.</param>
    /// <param name="type">The element type wanted; the first result's when null.</param>
    public string Value(int index, ScalarType? type = null)
    {
        ScalarType wanted = type ?? Output.Type;
        return Argument(index) switch
        {
            TracedTensor tensor => Cast(tensor, wanted),
            long when Elements(index, single: true)[0] is var sizes && sizes.Any(s => s != sizes[0]) =>
                Cast(Node("Squeeze", [SizeOf(sizes)]), ScalarType.Int64, wanted),
            _ => Scalar(Number(index), wanted),
        };
    }

    /// <summary>A tensor's value in another element type.</summary>
    public string Cast(TracedTensor tensor, ScalarType to)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Cast(tensor.Name, tensor.Type, to);
    }

    /// <summary>A value in another element type.</summary>
    public string Cast(string value, ScalarType from, ScalarType to) =>
        from == to ? value : Node("Cast", [value], ("to", (int)Graphs.Tensors.ElementType(to)));

    /// <summary>A number as a constant without dimensions.</summary>
    public string Scalar(double value, ScalarType type)
    {
        switch (type)
        {
            case ScalarType.Float32:
                return Float(value);
            case ScalarType.Int64:
                return Integer((long)value);
            case ScalarType.Bool:
                return Node("Cast", [Integer(value != 0 ? 1 : 0)], ("to", (int)Graphs.Tensors.ElementType(type)));
            default:
                return Node("Cast", [type == ScalarType.Float64 ? Float(value) : Integer((long)value)], ("to", (int)Graphs.Tensors.ElementType(type)));
        }
    }

    /// <summary>An argument that is a size, as a value of shape <c>[1]</c>.</summary>
    public string Size(int index) => SizeOf(Elements(index, single: true)[0]);

    /// <summary>An argument that is a list of sizes, as a value of shape <c>[n]</c>. An element -1 stays -1.</summary>
    public string Sizes(int index) => Sizes(Elements(index));

    /// <summary>The shape of a result, as a value of shape <c>[n]</c>; the last size that nothing else tells is left to Reshape.</summary>
    /// <param name="output">Which result.</param>
    public string ShapeToReshape(int output = 0)
    {
        long[][] sizes = [.. Enumerable.Range(0, Outputs[output].Rank).Select(d => Outputs[output].Sizes.Select(s => s[d]).ToArray())];
        int[] unknown = [.. Enumerable.Range(0, sizes.Length).Where(d => Varies(sizes[d]) && !_sizes.IsDimension(this, sizes[d]))];
        if (unknown.Length > 0)
        {
            // The one that is hardest to express: a product rather than a sum.
            sizes[unknown[^1]] = [.. sizes[0].Select(_ => -1L)];
        }
        return Sizes(sizes);
    }

    /// <summary>The shape of a result, as a value of shape <c>[n]</c>.</summary>
    /// <param name="output">Which result.</param>
    public string ShapeOf(int output = 0) =>
        Sizes([.. Enumerable.Range(0, Outputs[output].Rank).Select(d => Outputs[output].Sizes.Select(s => s[d]).ToArray())]);

    /// <summary>A size of the first result, as a value of shape <c>[1]</c>.</summary>
    public string OutputSize(int axis) => SizeOf([.. Output.Sizes.Select(s => s[axis])]);

    /// <summary>An axis, counted from the start.</summary>
    public int Axis(int index, int rank, long missing = 0)
    {
        long axis = Int(index, missing);
        return (int)(axis < 0 ? axis + Math.Max(rank, 1) : axis);
    }

    /// <inheritdoc/>
    public override OnnxExportException Unsupported(string what) => new(Subject, $"has {what}, which this exporter does not express",
        $"compute it otherwise, or replace the emitter: options.Emitters.AddOperator(\"{Operator}\", e => e.Node(...))");

    internal object? Argument(int index) => index < Count ? _runs[0].Arguments[index] : null;

    // The numbers of a list, or one number, in all runs.
    internal long[][] Elements(int index, bool single = false)
    {
        if (single || Argument(index) is long)
        {
            return [[.. _runs.Select(r => (long)r.Arguments[index]!)]];
        }
        List<object?>[] lists = [.. _runs.Select(r => (List<object?>)r.Arguments[index]!)];
        return [.. Enumerable.Range(0, lists[0].Count).Select(i => lists.Select(l => (long)l[i]!).ToArray())];
    }

    internal string Sizes(long[][] sizes)
    {
        List<string> parts = [];
        for (int i = 0; i < sizes.Length;)
        {
            int constants = sizes.Skip(i).TakeWhile(s => !Varies(s)).Count();
            parts.Add(constants > 0 ? Integers([.. sizes.Skip(i).Take(constants).Select(s => s[0])]) : SizeOf(sizes[i]));
            i += Math.Max(1, constants);
        }
        return parts.Count switch
        {
            0 => Integers(),
            1 => parts[0],
            _ => Node("Concat", parts, ("axis", 0)),
        };
    }

    internal string SizeOf(long[] sizes) => !Varies(sizes) ? Integers(sizes[0]) : _sizes.Find(this, sizes)
        ?? throw Depends($"the number {string.Join(", ", sizes)} at the input sizes that were tried");

    private static bool Varies(long[] sizes) => sizes.Any(s => s != sizes[0]);

    private long Fixed(long[] values) => Varies(values) ? throw Depends($"the number {string.Join(", ", values)} at the input sizes that were tried") : values[0];

    private OnnxExportException Depends(string what) => new(Subject, $"takes {what}, which the inputs' dimensions do not explain",
        "compute it from the shape of a tensor by +, -, * and /, or fix the size: OnnxExportOptions.FixedAxes, or Dynamic = false")
    { SizeDependent = true };

    private static string Text(object? argument) => argument switch
    {
        null => "none",
        TracedTensor tensor => $"{tensor.Type}[{string.Join(", ", tensor.Shape)}]",
        List<object?> list => $"[{string.Join(", ", list.Select(Text))}]",
        _ => Convert.ToString(argument, CultureInfo.InvariantCulture)!,
    };
}
