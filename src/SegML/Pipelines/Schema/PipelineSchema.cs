using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using SegML.Images;
using SegML.Masks;

namespace SegML.Pipelines;

/// <summary>
/// The JSON Schema (draft 2020-12) of pipeline files, for editors: they complete keys, show what each is for, and underline what is
/// wrong. Made from the records that files are read into, and from their documentation. A file names it under "$schema".
/// </summary>
public static class PipelineSchema
{
    /// <summary>The schema as text.</summary>
    /// <param name="networks">
    /// The record of each network's own options, by the network's name: a file then may name these networks only, and "network.options" holds
    /// the keys of the one that it names. Null: any name, any options.
    /// </param>
    /// <returns>JSON. Without descriptions where a library's documentation file, such as SegML.xml, is not beside the library.</returns>
    public static string ToJson(IEnumerable<KeyValuePair<string, Type>>? networks = null)
    {
        SchemaTexts texts = new();
        JsonObject schema = OfObject(typeof(PipelineDocument), texts);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "A SegML pipeline file");
        JsonObject properties = schema["properties"]!.AsObject();
        properties.Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        if (networks is not null)
        {
            NameNetworks(properties["network"]!.AsObject(), networks, texts);
        }
        return schema.ToJsonString(PipelineJson.Indented) + "\n";
    }

    /// <summary>Lets the name of a network decide which options there are.</summary>
    private static void NameNetworks(JsonObject schema, IEnumerable<KeyValuePair<string, Type>> networks, SchemaTexts texts)
    {
        JsonObject name = schema["properties"]!["name"]!.AsObject();
        name.Remove("type");
        name["enum"] = new JsonArray([.. networks.Select(n => JsonValue.Create(n.Key))]);
        // Without a name, the condition on the default's holds, and all others too: a name has to be there for those.
        schema["allOf"] = new JsonArray([.. networks.Select(network => new JsonObject
        {
            ["if"] = network.Key == new NetworkOptions().Name ? IsNamed(network.Key) : IsNamed(network.Key, "name"),
            ["then"] = new JsonObject { ["properties"] = new JsonObject { ["options"] = OfObject(network.Value, texts) } },
        })]);
    }

    private static JsonObject IsNamed(string name, params string[] required)
    {
        var condition = new JsonObject { ["properties"] = new JsonObject { ["name"] = new JsonObject { ["const"] = name } } };
        if (required.Length > 0)
        {
            condition["required"] = new JsonArray([.. required.Select(r => JsonValue.Create(r))]);
        }
        return condition;
    }

    private static JsonObject OfObject(Type type, SchemaTexts texts)
    {
        JsonTypeInfo info = PipelineJson.Options.GetTypeInfo(type);
        object defaults = Activator.CreateInstance(type)!;
        var properties = new JsonObject();
        foreach (JsonPropertyInfo property in info.Properties.OrderByDescending(p => p.IsRequired))
        {
            // What is not public is read for old files' sake only.
            if (property.AttributeProvider is PropertyInfo { GetMethod.IsPublic: true } member)
            {
                properties[property.Name] = OfProperty(property, member, defaults, texts);
            }
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] required = [.. info.Properties.Where(p => p.IsRequired).Select(p => p.Name)];
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(r => JsonValue.Create(r))]);
        }
        return schema;
    }

    private static JsonObject OfProperty(JsonPropertyInfo property, PropertyInfo member, object defaults, SchemaTexts texts)
    {
        JsonObject schema = property.CustomConverter is SourceValuesConverter
            ? ArrayOf(new JsonObject { ["type"] = new JsonArray("integer", "string") })
            : OfType(property.PropertyType, texts);
        if (texts.Of(member) is { } text)
        {
            string values = (string?)schema["description"] ?? "";
            schema.Remove("description");
            schema.Insert(0, "description", $"{text} {values}".TrimEnd());
        }
        if (!property.IsRequired && member.GetValue(defaults) is { } value
            && JsonSerializer.SerializeToNode(value, value.GetType(), PipelineJson.Options) is JsonValue scalar)
        {
            schema["default"] = scalar;
        }
        return schema;
    }

    private static JsonObject OfType(Type type, SchemaTexts texts)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (bare.IsEnum)
        {
            return OfEnum(bare, texts);
        }
        if (bare == typeof(Rgb))
        {
            return new JsonObject { ["type"] = "string", ["pattern"] = "^#[0-9a-fA-F]{6}$" };
        }
        if (bare == typeof(ClassWeightRule))
        {
            JsonObject rule = OfEnum(typeof(ClassWeighting), texts), weights = new() { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "number" } };
            var either = new JsonObject { ["description"] = (string?)rule["description"] };
            rule.Remove("description");
            either["anyOf"] = new JsonArray(rule, weights);
            return either;
        }
        if (bare == typeof(JsonObject))
        {
            return new JsonObject { ["type"] = "object" };
        }
        if (bare == typeof(JsonNode))
        {
            // Any value.
            return [];
        }
        JsonTypeInfo info = PipelineJson.Options.GetTypeInfo(bare);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => OfObject(bare, texts),
            JsonTypeInfoKind.Dictionary => new JsonObject { ["type"] = "object", ["additionalProperties"] = OfType(info.ElementType!, texts) },
            JsonTypeInfoKind.Enumerable => ArrayOf(OfType(info.ElementType!, texts)),
            _ => new JsonObject { ["type"] = NameOf(bare) },
        };
    }

    private static JsonObject OfEnum(Type type, SchemaTexts texts)
    {
        FieldInfo[] fields = type.GetFields(BindingFlags.Public | BindingFlags.Static);
        string[] names = [.. fields.Select(SchemaTexts.JsonName)];
        var schema = new JsonObject { ["enum"] = new JsonArray([.. names.Select(n => JsonValue.Create(n))]) };
        string values = string.Join(" ", fields.Zip(names, (f, n) => texts.Of(f) is { } text ? $"{n}: {text}" : null).OfType<string>());
        if (values.Length > 0)
        {
            schema["description"] = values;
        }
        return schema;
    }

    private static JsonObject ArrayOf(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    private static string NameOf(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(long) => "integer",
        _ when type == typeof(float) || type == typeof(double) => "number",
        _ when type == typeof(bool) => "boolean",
        _ when type == typeof(string) => "string",
        _ => throw new NotSupportedException($"{type} has no name in a schema"),
    };
}
