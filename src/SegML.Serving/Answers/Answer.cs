using System.Text.Json;

namespace SegML.Serving.Answers;

/// <summary>An answer, ready to be written.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="MediaType">Their type.</param>
internal sealed record Answer(byte[] Content, string MediaType)
{
    /// <summary>One output as it is, a list or several as one JSON document: text as it is, other content in base64.</summary>
    public static Answer Of(ScoredUpload scored)
    {
        if (scored.Asked.Outputs is [{ IsList: false } only])
        {
            return new Answer(only.Make(scored), only.MediaType);
        }
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteTo(json, scored);
            json.WriteEndObject();
        }
        return new Answer(stream.ToArray(), "application/json");
    }

    /// <summary>Writes the size and each output as a property.</summary>
    public static void WriteTo(Utf8JsonWriter json, ScoredUpload scored)
    {
        json.WriteNumber("width", scored.Mask.Width);
        json.WriteNumber("height", scored.Mask.Height);
        foreach (Output output in scored.Asked.Outputs)
        {
            json.WritePropertyName(output.Name);
            byte[] content = output.Make(scored);
            if (output.IsJson)
            {
                json.WriteRawValue(content, skipInputValidation: true);
            }
            else
            {
                json.WriteBase64StringValue(content);
            }
        }
    }
}
