using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using SegML.Images;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>What is wrong with a piece of JSON, and where.</summary>
/// <param name="Path">The key path: "training.epochs", "classes[3].color".</param>
/// <param name="Text">The fault, as the second half of a sentence.</param>
/// <param name="Fix">What to do.</param>
internal sealed record PipelineFault(string Path, string Text, string Fix);

/// <summary>
/// Holds JSON against the types it is to become, before binding: the serializer's own messages name .NET types and
/// neither suggest a key nor say what a value should look like.
/// </summary>
internal static class PipelineCheck
{
    /// <summary>The first fault in document order; null when the JSON will bind.</summary>
    public static PipelineFault? Find(JsonNode? node, Type type, string path = "")
    {
        if (node is null)
        {
            return new PipelineFault(path, $"has null for {path}", "leave the key out to take its default");
        }
        JsonTypeInfo info = PipelineJson.Options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object when node is JsonObject o => InObject(o, info, path),
            JsonTypeInfoKind.Dictionary when node is JsonObject o =>
                o.Select(p => Find(p.Value, info.ElementType!, Join(path, p.Key))).FirstOrDefault(f => f is not null),
            JsonTypeInfoKind.Enumerable when node is JsonArray a =>
                a.Select((item, i) => Find(item, info.ElementType!, $"{path}[{i}]")).FirstOrDefault(f => f is not null),
            JsonTypeInfoKind.None => InValue(node, type, path),
            _ => Mismatch(node, type, path),
        };
    }

    /// <summary>The fault of a key that an object does not have.</summary>
    public static PipelineFault Unknown(string key, JsonTypeInfo info, string path)
    {
        if (MovedKeys.Find(Join(path, key)) is { } moved)
        {
            return new PipelineFault(Join(path, key), $"has the key {Join(path, key)}, which has moved", $"write {moved}");
        }
        string[] keys = [.. info.Properties.Select(p => p.Name)];
        string nearest = keys.MinBy(k => Distance(k.ToLowerInvariant(), key.ToLowerInvariant()))!;
        string place = path.Length == 0 ? "" : $" in {path}";
        string fix = Distance(nearest.ToLowerInvariant(), key.ToLowerInvariant()) <= Math.Max(1, key.Length / 3)
            ? $"did you mean \"{nearest}\"?"
            : $"its keys are {string.Join(", ", keys)}";
        return new PipelineFault(Join(path, key), $"has the unknown key \"{key}\"{place}", fix);
    }

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private static PipelineFault? InObject(JsonObject node, JsonTypeInfo info, string path)
    {
        foreach ((string key, JsonNode? value) in node)
        {
            JsonPropertyInfo? property = info.Properties.FirstOrDefault(p => p.Name == key);
            if (property is null)
            {
                return Unknown(key, info, path);
            }
            string inner = Join(path, key);
            PipelineFault? fault = property.CustomConverter is null || value is null
                ? Find(value, property.PropertyType, inner)
                : InSourceValues(value, inner);
            if (fault is not null)
            {
                return fault;
            }
        }
        JsonPropertyInfo? missing = info.Properties.FirstOrDefault(p => p.IsRequired && !node.ContainsKey(p.Name));
        return missing is null ? null : new PipelineFault(path, $"has no \"{missing.Name}\"{(path.Length == 0 ? "" : $" in {path}")}", "add it");
    }

    private static PipelineFault? InValue(JsonNode node, Type type, string path)
    {
        // The serializer takes an enum's number for its name; a file has no business with those.
        if (type.IsEnum && node.GetValueKind() != JsonValueKind.String)
        {
            return Mismatch(node, type, path);
        }
        try
        {
            object? value = node.Deserialize(type, PipelineJson.Options);
            return value is Enum e && !Enum.IsDefined(type, e) ? Mismatch(node, type, path) : null;
        }
        catch (JsonException)
        {
            return Mismatch(node, type, path);
        }
    }

    private static PipelineFault? InSourceValues(JsonNode node, string path) =>
        node is JsonArray array && array.All(v => v?.GetValueKind() == JsonValueKind.String || v is JsonValue n && n.TryGetValue(out int _))
            ? null
            : new PipelineFault(path, $"has {Short(node)} for {path}", "write a list of whole numbers and names there");

    private static PipelineFault Mismatch(JsonNode node, Type type, string path) =>
        new(path, path.Length == 0 ? $"holds {Short(node)}" : $"has {Short(node)} for {path}", $"write {Expected(type)} there");

    private static string Expected(Type type)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare switch
        {
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetValues(bare).Cast<object>().Select(v => JsonSerializer.Serialize(v, bare, PipelineJson.Options))),
            _ when bare == typeof(int) || bare == typeof(long) => "a whole number",
            _ when bare == typeof(float) || bare == typeof(double) => "a number",
            _ when bare == typeof(bool) => "true or false",
            _ when bare == typeof(string) => "text in quotes",
            _ when bare == typeof(ClassWeightRule) => Expected(typeof(ClassWeighting)) + ", or weights by class name such as { \"car\": 3 },",
            _ when bare == typeof(Rgb) => "a colour such as \"#8040c0\"",
            _ when PipelineJson.Options.GetTypeInfo(bare).Kind == JsonTypeInfoKind.Enumerable => "a list",
            _ => "an object in braces",
        };
    }

    private static string Short(JsonNode node)
    {
        string text = node.ToJsonString(PipelineJson.Options);
        return text.Length <= 40 ? text : text[..37] + "...";
    }

    /// <summary>Edits between two keys, two letters that changed places being one (Damerau 1964, no letter edited twice).</summary>
    private static int Distance(string a, string b)
    {
        int[,] edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }
                int replaced = edits[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                edits[i, j] = Math.Min(replaced, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }
        return edits[a.Length, b.Length];
    }
}
