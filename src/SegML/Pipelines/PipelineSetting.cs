using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace SegML.Pipelines;

/// <summary>A value set from outside the file: "training.epochs=20".</summary>
internal static class PipelineSetting
{
    /// <summary>Writes one setting into a pipeline's JSON.</summary>
    /// <exception cref="PipelineFormatException">The setting is not path=value, names no key, or has a value of another kind.</exception>
    public static void Apply(JsonObject root, string setting)
    {
        int equals = setting.IndexOf('=');
        string[] keys = equals < 1 ? [] : setting[..equals].Trim().Split('.');
        if (keys.Length == 0 || keys.Any(string.IsNullOrWhiteSpace))
        {
            throw Bad("is not path=value", "write it like training.epochs=20");
        }
        Type type = typeof(PipelineDocument);
        JsonObject parent = root;
        string path = "";
        for (int i = 0; i < keys.Length; i++)
        {
            type = TypeOf(keys[i]);
            path = PipelineCheck.Join(path, keys[i]);
            if (i == keys.Length - 1)
            {
                break;
            }
            if (parent[keys[i]] is not JsonObject next)
            {
                parent[keys[i]] = next = [];
            }
            parent = next;
        }
        JsonNode? value = ValueOf(setting[(equals + 1)..].Trim());
        if (value is null)
        {
            // As in a file: what is not there has its default.
            parent.Remove(keys[^1]);
            return;
        }
        if (type != typeof(JsonNode) && PipelineCheck.Find(value, type, path) is { } fault)
        {
            throw Bad(fault.Text, fault.Fix);
        }
        parent[keys[^1]] = value;

        Type TypeOf(string key)
        {
            // A network's own options are the network's to check, and a class's weight is checked with the classes.
            if (type == typeof(JsonObject) || type == typeof(JsonNode) || type == typeof(ClassWeightRule))
            {
                return typeof(JsonNode);
            }
            JsonTypeInfo info = PipelineJson.Options.GetTypeInfo(type);
            return info.Kind switch
            {
                JsonTypeInfoKind.Dictionary => info.ElementType!,
                JsonTypeInfoKind.Object when info.Properties.FirstOrDefault(p => p.Name == key) is { } property => property.PropertyType,
                JsonTypeInfoKind.Object => throw Unknown(PipelineCheck.Unknown(key, info, path)),
                _ => throw Bad($"goes on past {path}, which is a value", "leave off what follows it"),
            };
        }

        JsonNode? ValueOf(string text)
        {
            if (text == "null")
            {
                return null;
            }
            if (type == typeof(string) || type.IsEnum)
            {
                return JsonValue.Create(text.Trim('"'));
            }
            try
            {
                return JsonNode.Parse(text, documentOptions: PipelineJson.Document);
            }
            catch (JsonException)
            {
                return JsonValue.Create(text);
            }
        }

        PipelineFormatException Unknown(PipelineFault fault) => Bad(fault.Text, fault.Fix);

        PipelineFormatException Bad(string fault, string fix) => new($"setting {setting}", fault, fix);
    }
}
