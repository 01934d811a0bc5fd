using System.Globalization;
using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// A value in an annotation file's JSON that knows where it stands, so that each reader says in one line what it wants and
/// every fault names the file and the place.
/// </summary>
/// <param name="element">The value.</param>
/// <param name="source">The file, for errors.</param>
/// <param name="place">Where in the file: <c>objects[3].points</c>; empty at the root.</param>
internal readonly struct JsonField(JsonElement element, string source, string place = "")
{
    public JsonElement Element => element;

    public string Source => source;

    public string Place => place;

    public bool IsArray => element.ValueKind == JsonValueKind.Array;

    public bool IsText => element.ValueKind == JsonValueKind.String;

    public bool IsNumber => element.ValueKind == JsonValueKind.Number;

    /// <summary>A member that has to be there.</summary>
    public JsonField this[string name]
    {
        get
        {
            if (place.EndsWith(']') && element.ValueKind != JsonValueKind.Object)
            {
                throw Bad($"has no object at {place}");
            }
            return Expect(JsonValueKind.Object).TryGetProperty(name, out JsonElement member)
                ? new JsonField(member, source, Full(name))
                : throw Bad($"has no {Full(name)}");
        }
    }

    /// <summary>A member that may be missing or null.</summary>
    public JsonField? Optional(string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? new JsonField(member, source, Full(name))
            : null;

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonField> Items()
    {
        Expect(JsonValueKind.Array);
        int index = 0;
        foreach (JsonElement item in element.EnumerateArray())
        {
            yield return new JsonField(item, source, string.Create(CultureInfo.InvariantCulture, $"{place}[{index++}]"));
        }
    }

    /// <summary>How many items an array has.</summary>
    public int Count => Expect(JsonValueKind.Array).GetArrayLength();

    public string Text() => Expect(JsonValueKind.String).GetString()!;

    public double Number() => Expect(JsonValueKind.Number).GetDouble();

    /// <summary>A whole number, which some tools write as 7.0.</summary>
    /// <param name="what">What it counts, for the error: <c>pixels</c>.</param>
    public long Whole(string what)
    {
        JsonElement number = Expect(JsonValueKind.Number);
        if (number.TryGetInt64(out long whole))
        {
            return whole;
        }
        double value = number.GetDouble();
        return value == Math.Floor(value) && Math.Abs(value) < 1L << 53
            ? (long)value
            : throw Bad($"has a {place} that is not a whole number of {what}");
    }

    /// <summary>A colour: "#rrggbb", or an array of red, green and blue. Null: something else.</summary>
    public Images.Rgb? Color()
    {
        if (IsText)
        {
            return Images.Rgb.TryParse(element.GetString()!, out Images.Rgb color) ? color : null;
        }
        int[] parts = IsArray ? [.. element.EnumerateArray().Select(n => n.ValueKind == JsonValueKind.Number && n.TryGetInt32(out int v) && v is >= 0 and <= 255 ? v : -1)] : [];
        return parts.Length >= 3 && !parts.Contains(-1) ? new Images.Rgb((byte)parts[0], (byte)parts[1], (byte)parts[2]) : null;
    }

    /// <summary>A width or height.</summary>
    public int Side() =>
        Whole("pixels") is >= int.MinValue and <= int.MaxValue and long side ? (int)side : throw Bad($"has a {place} that is not a whole number of pixels");

    /// <summary>A point that is an array of two numbers.</summary>
    public AnnotationPoint Point() => TryPoint(element) ?? throw Bad($"has a point that is not two numbers ({place})");

    /// <summary>An array of points.</summary>
    public List<AnnotationPoint> Points()
    {
        var points = new List<AnnotationPoint>(Count);
        // Most of a file is points: only of a bad one is it worth writing out where it stands.
        foreach (JsonElement item in element.EnumerateArray())
        {
            points.Add(TryPoint(item) ?? throw Bad($"has a point that is not two numbers ({place}[{points.Count}])"));
        }
        return points;
    }

    private static AnnotationPoint? TryPoint(JsonElement pair)
    {
        if (pair.ValueKind != JsonValueKind.Array)
        {
            return null;
        }
        JsonElement.ArrayEnumerator numbers = pair.EnumerateArray();
        return numbers.MoveNext() && numbers.Current is { ValueKind: JsonValueKind.Number } x
            && numbers.MoveNext() && numbers.Current is { ValueKind: JsonValueKind.Number } y && !numbers.MoveNext()
            ? new AnnotationPoint(x.GetDouble(), y.GetDouble())
            : null;
    }

    /// <summary>The error for something that the file itself has wrong.</summary>
    public AnnotationFormatException Bad(string fault, string fix = "export it again or correct it", AnnotationFaultKind kind = AnnotationFaultKind.Malformed) =>
        new(source, fault, fix) { Kind = kind };

    private JsonElement Expect(JsonValueKind kind) =>
        element.ValueKind == kind
            ? element
            : throw Bad($"has a {place} that is not {Words(kind)} but {Words(element.ValueKind)}");

    private string Full(string name) => place.Length == 0 ? name : $"{place}.{name}";

    private static string Words(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
