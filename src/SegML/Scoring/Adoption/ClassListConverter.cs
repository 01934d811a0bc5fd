using System.Text.Json;
using System.Text.Json.Serialization;
using SegML.Masks;

namespace SegML.Scoring.Adoption;

/// <summary>Classes as a list of names, of objects as in a pipeline file, or of both.</summary>
internal sealed class ClassListConverter : JsonConverter<IReadOnlyList<SegmentationClass>>
{
    public override IReadOnlyList<SegmentationClass> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var classes = new List<SegmentationClass>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("classes are a list");
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            classes.Add(reader.TokenType == JsonTokenType.String
                ? new SegmentationClass { Id = classes.Count, Name = reader.GetString()!, Color = DefaultPalette.ColorOf(classes.Count) }
                : JsonSerializer.Deserialize<SegmentationClass>(ref reader, options) ?? throw new JsonException("a class is null"));
        }
        return classes;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<SegmentationClass> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (SegmentationClass c in value)
        {
            if (c.From is null && c.Color == DefaultPalette.ColorOf(c.Id))
            {
                writer.WriteStringValue(c.Name);
            }
            else
            {
                JsonSerializer.Serialize(writer, c, options);
            }
        }
        writer.WriteEndArray();
    }
}
