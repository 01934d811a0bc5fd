using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
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
        JsonObject schema = Of(typeof(PipelineDocument), texts);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "A SegML pipeline file");
        JsonObject properties = schema["properties"]!.AsObject();
        properties.Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        properties[Files.Checksums.Key] = new JsonObject
        {
            ["description"] = "Of all else in the file, in the pipeline that a run keeps. Delete it when you change the file.",
            ["type"] = "string",
        };
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
            ["then"] = new JsonObject { ["properties"] = new JsonObject { ["options"] = Of(network.Value, texts) } },
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

    private static JsonObject Of(Type type, SchemaTexts texts) => PipelineJson.Options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, schema) => Documented(context, schema, texts),
    }).AsObject();

    /// <summary>What System.Text.Json knows of a value, with what a file may hold where a converter reads it, texts and defaults.</summary>
    private static JsonObject Documented(JsonSchemaExporterContext context, JsonNode exported, SchemaTexts texts)
    {
        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        JsonObject schema = Converted(type, context.PropertyInfo?.CustomConverter, texts) ?? exported as JsonObject ?? [];
        LeaveNullOut(schema);
        if (schema["properties"] is JsonObject properties)
        {
            Complete(properties, context.TypeInfo);
        }
        string? key = context.PropertyInfo?.AttributeProvider is MemberInfo member ? texts.Of(member) : null;
        string? values = texts.OfValues(type == typeof(ClassWeightRule) ? typeof(ClassWeighting) : type);
        string text = string.Join(" ", ((string?[])[key, values]).OfType<string>());
        if (text.Length > 0)
        {
            schema.Insert(0, "description", text);
        }
        return schema;
    }

    private static void Complete(JsonObject properties, JsonTypeInfo type)
    {
        object defaults = Activator.CreateInstance(type.Type)!;
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AttributeProvider is not PropertyInfo { GetMethod.IsPublic: true } member)
            {
                // What is not public is read for old files' sake only.
                properties.Remove(property.Name);
            }
            else if (!property.IsRequired && member.GetValue(defaults) is { } value
                && JsonSerializer.SerializeToNode(value, value.GetType(), PipelineJson.Options) is JsonValue scalar)
            {
                properties[property.Name]!["default"] = scalar;
            }
        }
    }

    private static JsonObject? Converted(Type type, JsonConverter? converter, SchemaTexts texts) => type switch
    {
        _ when converter is SourceValuesConverter =>
            new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = new JsonArray("integer", "string") } },
        _ when type == typeof(Rgb) => new() { ["type"] = "string", ["pattern"] = "^#[0-9a-fA-F]{6}$" },
        _ when type == typeof(ClassWeightRule) => new()
        {
            ["anyOf"] = new JsonArray(
                new JsonObject { ["enum"] = Of(typeof(ClassWeighting), texts)["enum"]!.DeepClone() },
                new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["type"] = "number" } }),
        },
        _ when type == typeof(JsonObject) => new() { ["type"] = "object" },
        _ => null,
    };

    /// <summary>A file leaves a key out where the options have null.</summary>
    private static void LeaveNullOut(JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            string[] left = [.. types.Select(t => (string)t!).Where(t => t != "null")];
            schema["type"] = left.Length == 1 ? left[0] : new JsonArray([.. left.Select(t => JsonValue.Create(t))]);
        }
        if (schema["enum"] is JsonArray values && values.Contains(null))
        {
            values.Remove(null);
        }
    }
}
