using System.Globalization;
using System.Text.Json.Nodes;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>
/// The part of YAML that exporters write for their settings: mappings and lists by indentation, [1, 2] and {a: 1} on one line, plain and quoted
/// scalars, comments. Scalars are text.
/// </summary>
internal sealed class Yaml
{
    private readonly List<(int Indent, string Text)> _lines;
    private int _at;

    private Yaml(string text) => _lines = [.. text.Split('\n').Select(WithoutComment).Where(l => l.Trim().Length > 0 && l.Trim() != "---")
        .Select(l => (l.Length - l.TrimStart().Length, l.Trim()))];

    /// <summary>Reads a file's mapping. What is not understood is left out.</summary>
    public static JsonObject Parse(string text) => new Yaml(text).Block(-1) as JsonObject ?? [];

    /// <summary>A list of numbers, or one; null: none.</summary>
    public static float[]? Numbers(JsonNode? node)
    {
        IEnumerable<JsonNode?> all = node switch { JsonArray array => array, JsonValue => [node], _ => [] };
        float[] numbers = [.. all.Select(n => float.TryParse(n?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out float f) ? f : float.NaN)];
        return numbers.Length == 0 || numbers.Any(float.IsNaN) ? null : numbers;
    }

    // The block that follows, deeper than its parent, or a list at its parent's own indentation.
    private JsonNode? Block(int parent, bool listAtParent = false)
    {
        if (_at >= _lines.Count)
        {
            return null;
        }
        int indent = _lines[_at].Indent;
        bool isList = IsItem(_lines[_at].Text);
        if (indent < parent || (indent == parent && !(isList && listAtParent)))
        {
            return null;
        }
        return isList ? List(indent) : Mapping(indent);
    }

    private JsonArray List(int indent)
    {
        var list = new JsonArray();
        while (_at < _lines.Count && _lines[_at].Indent == indent && IsItem(_lines[_at].Text))
        {
            string item = _lines[_at].Text[1..].TrimStart();
            if (item.Length == 0)
            {
                _at++;
                list.Add(Block(indent));
            }
            else if (Colon(item) > 0 && item[0] is not ('[' or '{' or '"' or '\''))
            {
                // The item's first key stands on the dash's line.
                int inner = indent + _lines[_at].Text.Length - item.Length;
                _lines[_at] = (inner, item);
                list.Add(Mapping(inner));
            }
            else
            {
                _at++;
                list.Add(Scalar(item));
            }
        }
        return list;
    }

    private JsonObject Mapping(int indent)
    {
        var mapping = new JsonObject();
        while (_at < _lines.Count && _lines[_at].Indent == indent && !IsItem(_lines[_at].Text))
        {
            string line = _lines[_at++].Text;
            int colon = Colon(line);
            if (colon <= 0)
            {
                continue;
            }
            string value = line[(colon + 1)..].Trim();
            mapping[Unquoted(line[..colon].Trim())] = value.Length > 0 ? Scalar(value) : Block(indent, listAtParent: true);
        }
        // What is deeper than any key of this mapping belongs to nothing.
        while (_at < _lines.Count && _lines[_at].Indent > indent)
        {
            _at++;
        }
        return mapping;
    }

    private static JsonNode? Scalar(string text) => text switch
    {
        ['[', .., ']'] => new JsonArray([.. Parts(text[1..^1]).Select(Scalar)]),
        ['{', .., '}'] => new JsonObject(Parts(text[1..^1]).Select(p => (Text: p, Colon: Colon(p))).Where(p => p.Colon > 0)
            .Select(p => KeyValuePair.Create(Unquoted(p.Text[..p.Colon].Trim()), Scalar(p.Text[(p.Colon + 1)..].Trim()))).DistinctBy(p => p.Key)),
        "null" or "~" => null,
        _ => JsonValue.Create(Unquoted(text)),
    };

    private static List<string> Parts(string text)
    {
        var parts = new List<string>();
        int depth = 0, from = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                if (text[from..i].Trim() is { Length: > 0 } part)
                {
                    parts.Add(part);
                }
                from = i + 1;
            }
            else
            {
                depth += text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            }
        }
        return parts;
    }

    private static bool IsItem(string line) => line == "-" || line.StartsWith("- ", StringComparison.Ordinal);

    private static int Colon(string line)
    {
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == ':' && (i + 1 == line.Length || line[i + 1] == ' '))
            {
                return i;
            }
        }
        return -1;
    }

    private static string Unquoted(string text) => text is ['"', .., '"'] or ['\'', .., '\''] ? text[1..^1] : text;

    private static string WithoutComment(string line) => line.TrimEnd('\r').Split(" #")[0] is var kept && kept.TrimStart().StartsWith('#') ? "" : kept;
}
