using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SegML.Images;

/// <summary>A palette colour. In JSON and text: "#rrggbb".</summary>
/// <param name="R">Red, 0-255.</param>
/// <param name="G">Green, 0-255.</param>
/// <param name="B">Blue, 0-255.</param>
[JsonConverter(typeof(RgbConverter))]
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Reads "#rrggbb".</summary>
    /// <returns>Whether <paramref name="text"/> is a colour.</returns>
    public static bool TryParse(string? text, out Rgb color)
    {
        color = default;
        if (text is not ['#', ..] || text.Length != 7
            || !uint.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
        {
            return false;
        }
        color = new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value);
        return true;
    }

    /// <summary>"#rrggbb".</summary>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}

internal sealed class RgbConverter : JsonConverter<Rgb>
{
    public override Rgb Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Rgb.TryParse(reader.GetString(), out Rgb color)
            ? color
            : throw new JsonException("a colour is written \"#rrggbb\"");

    public override void Write(Utf8JsonWriter writer, Rgb value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
