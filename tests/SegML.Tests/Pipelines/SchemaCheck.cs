using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SegML.Tests.Pipelines;

/// <summary>Holds JSON against as much of JSON Schema as the pipeline files' schema uses.</summary>
internal static class SchemaCheck
{
    /// <summary>The key paths that do not fit, each with the reason.</summary>
    public static IEnumerable<string> Faults(JsonNode? node, JsonObject schema, string path = "")
    {
        if (schema["enum"] is JsonArray values && !values.Any(v => JsonNode.DeepEquals(v, node)))
        {
            yield return $"{path}: not in enum";
        }
        if (schema["anyOf"] is JsonArray choices && !choices.Any(c => !Faults(node, c!.AsObject(), path).Any()))
        {
            yield return $"{path}: fits none of its forms";
        }
        if (schema["const"] is { } single && !JsonNode.DeepEquals(single, node))
        {
            yield return $"{path}: not {single}";
        }
        foreach (JsonNode? rule in schema["allOf"] as JsonArray ?? [])
        {
            foreach (string fault in Faults(node, rule!["if"]!.AsObject(), path).Any() ? [] : Faults(node, rule["then"]!.AsObject(), path))
            {
                yield return fault;
            }
        }
        if (schema["type"] is { } types && !(types as JsonArray ?? [types.DeepClone()]).Any(t => Is(node, (string)t!)))
        {
            yield return $"{path}: not {types}";
            yield break;
        }
        if (schema["pattern"] is { } pattern && !Regex.IsMatch((string)node!, (string)pattern!))
        {
            yield return $"{path}: not {pattern}";
        }
        foreach (string fault in node switch
        {
            JsonObject o => o.SelectMany(p => InKey(p.Key, p.Value, schema, $"{path}.{p.Key}"))
                .Concat((schema["required"]?.AsArray() ?? []).Where(r => !o.ContainsKey((string)r!)).Select(r => $"{path}: lacks {r}")),
            JsonArray a when schema["items"] is JsonObject items => a.SelectMany((item, i) => Faults(item, items, $"{path}[{i}]")),
            _ => [],
        })
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> InKey(string key, JsonNode? value, JsonObject schema, string path) =>
        schema["properties"]?[key] is JsonObject known ? Faults(value, known, path)
        : schema["additionalProperties"] switch
        {
            JsonObject any => Faults(value, any, path),
            JsonValue => [$"{path}: unknown key"],
            _ => [],
        };

    private static bool Is(JsonNode? node, string type) => (type, node?.GetValueKind()) switch
    {
        ("integer", JsonValueKind.Number) => double.IsInteger((double)node!),
        ("number", JsonValueKind.Number) or ("string", JsonValueKind.String) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array)
            or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };
}
