using System.Globalization;
using System.Text.RegularExpressions;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>One node of libtorch's graph, read from its text.</summary>
/// <param name="Kind">What it does: <c>aten::add_</c>, <c>prim::Constant</c>.</param>
/// <param name="Inputs">The names of the values that it reads.</param>
/// <param name="Outputs">The names and types of the values that it makes: <c>Float(1, 3, strides=[3, 1])</c>.</param>
/// <param name="Value">The attribute of a constant; null when it has none.</param>
/// <param name="Scope">The innermost module that it was recorded in; empty when there is none.</param>
internal sealed partial record OperationNode(string Kind, string[] Inputs, (string Name, string Type)[] Outputs, string? Value, string Scope)
{
    /// <summary>Reads a graph's nodes, in order.</summary>
    public static IEnumerable<OperationNode> Parse(string graph)
    {
        foreach (string line in graph.Split('\n'))
        {
            Match match = Line().Match(line);
            if (!match.Success || match.Groups["kind"].Value is "graph" or "return")
            {
                continue;
            }
            string[] scopes = match.Groups["scope"].Value.Split('/');
            yield return new OperationNode(match.Groups["kind"].Value, [.. Name().Matches(match.Groups["inputs"].Value).Select(m => m.Groups[1].Value)],
                [.. Declarations(match.Groups["outputs"].Value)], match.Groups["value"].Success ? match.Groups["value"].Value : null, scopes[^1]);
        }
    }

    /// <summary>A constant's value: a whole number, a float, a truth value, a text, a list of these, or null.</summary>
    public object? Constant() => Value is null ? null : Outputs[0].Type switch
    {
        "int" => Integer(Value),
        "float" => Float(Value),
        "bool" => Value != "0",
        "int[]" => Items().Select(i => (object?)Integer(i)).ToList(),
        "float[]" => Items().Select(i => (object?)Float(i)).ToList(),
        "bool[]" => Items().Select(i => (object?)(i != "0")).ToList(),
        _ => Value.Trim('"'),
    };

    /// <summary>The shape, strides and element type of a tensor's type; null for other types.</summary>
    public static (long[] Shape, long[] Strides, ScalarType Type)? TensorType(string type)
    {
        Match match = Tensor().Match(type);
        if (!match.Success || ElementType(match.Groups["type"].Value) is not { } element)
        {
            return null;
        }
        return (Numbers(match.Groups["shape"].Value), Numbers(match.Groups["strides"].Value), element);
    }

    private static long[] Numbers(string list) => [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Integer)];

    private static ScalarType? ElementType(string name) => name switch
    {
        "Float" => ScalarType.Float32,
        "Double" => ScalarType.Float64,
        "Half" => ScalarType.Float16,
        "BFloat16" => ScalarType.BFloat16,
        "Long" => ScalarType.Int64,
        "Int" => ScalarType.Int32,
        "Short" => ScalarType.Int16,
        "Char" => ScalarType.Int8,
        "Byte" => ScalarType.Byte,
        "Bool" => ScalarType.Bool,
        "ComplexFloat" => ScalarType.ComplexFloat32,
        "ComplexDouble" => ScalarType.ComplexFloat64,
        _ => null,
    };

    private static IEnumerable<(string, string)> Declarations(string outputs)
    {
        MatchCollection names = Declaration().Matches(outputs);
        for (int i = 0; i < names.Count; i++)
        {
            int start = names[i].Index + names[i].Length, end = i + 1 < names.Count ? names[i + 1].Index : outputs.Length;
            yield return (names[i].Groups[1].Value, outputs[start..end].Trim().TrimEnd(','));
        }
    }

    private IEnumerable<string> Items() => Value!.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static long Integer(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static double Float(string text) => text.TrimStart('-') switch
    {
        "inf" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
        "nan" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^\s*(?<outputs>%.*?)?\s*=\s(?<kind>[\w.]+::\w+)(\[value=(?<value>.*)\])?\((?<inputs>[^()]*)\)(, scope: (?<scope>\S*))?\s*$")]
    private static partial Regex Line();

    [GeneratedRegex(@"%([\w.\-]+)")]
    private static partial Regex Name();

    [GeneratedRegex(@"%([\w.\-]+) : ")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^(?<type>\w+)\((?<shape>[\d, ]*?)(,?\s*strides=\[(?<strides>[\d, ]*)\])?(,?\s*requires_grad=\d)?(,?\s*device=\S+)?\)$")]
    private static partial Regex Tensor();
}
