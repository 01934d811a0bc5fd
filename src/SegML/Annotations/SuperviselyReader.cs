using System.Text.Json;

namespace SegML.Annotations;

/// <summary>
/// Reads Supervisely's annotation JSON (developer.supervisely.com, "Supervisely annotation format"): one file an image, named
/// after it, with <c>size.width</c>, <c>size.height</c> and <c>objects</c> in drawing order. An object has a
/// <c>classTitle</c>, a <c>geometryType</c> (polygon, line or rectangle; polygon where it is missing) and
/// <c>points.exterior</c> and <c>points.interior</c>. A line may have a <c>thickness</c> in pixels, which is SegML's
/// addition. Coordinates name pixels, so that an outline through (2, 2) passes through that pixel's centre.
/// </summary>
internal static class SuperviselyReader
{
    /// <summary>Whether a file looks like one.</summary>
    public static bool Recognises(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("size", out _) && root.TryGetProperty("objects", out _);

    /// <summary>Reads it.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing, of the wrong type, or of a geometry that is not a polygon, line or rectangle.</exception>
    public static AnnotatedImage Read(JsonElement root, string path, AnnotationOptions options)
    {
        JsonElement size = Member(root, "size", JsonValueKind.Object, path, "");
        JsonElement objects = Member(root, "objects", JsonValueKind.Array, path, "");
        var shapes = new List<AnnotationShape>(objects.GetArrayLength());
        foreach (JsonElement item in objects.EnumerateArray())
        {
            shapes.Add(Shape(item, $"objects[{shapes.Count}]", path, options));
        }
        string name = Path.GetFileName(path);
        return new AnnotatedImage(name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name,
            Side(size, "width", path), Side(size, "height", path), shapes)
        { Source = path };
    }

    private static AnnotationShape Shape(JsonElement item, string where, string path, AnnotationOptions options)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw Bad(path, $"has no object at {where}");
        }
        string title = Member(item, "classTitle", JsonValueKind.String, path, where).GetString()!;
        string geometry = item.TryGetProperty("geometryType", out JsonElement type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()!
            : "polygon";
        if (geometry is not ("polygon" or "line" or "polyline" or "rectangle"))
        {
            throw new AnnotationFormatException(path, $"has the geometry \"{geometry}\" ({where}, \"{title}\"), which is not supported",
                "convert it to a polygon, line or rectangle, or delete it");
        }
        JsonElement points = Member(item, "points", JsonValueKind.Object, path, where);
        List<AnnotationPoint> exterior = Points(Member(points, "exterior", JsonValueKind.Array, path, where), path, where);
        return geometry switch
        {
            "polygon" => new PolygonShape(title, exterior, Holes(points, path, where)),
            "rectangle" => Rectangle(title, exterior, path, where),
            _ => new LineShape(title, exterior, Thickness(item, path, where) ?? options.LineThickness),
        };
    }

    private static List<List<AnnotationPoint>> Holes(JsonElement points, string path, string where)
    {
        var holes = new List<List<AnnotationPoint>>();
        if (!points.TryGetProperty("interior", out JsonElement interior) || interior.ValueKind == JsonValueKind.Null)
        {
            return holes;
        }
        foreach (JsonElement hole in Expect(interior, JsonValueKind.Array, "interior", path, where).EnumerateArray())
        {
            holes.Add(Points(Expect(hole, JsonValueKind.Array, $"interior[{holes.Count}]", path, where), path, where));
        }
        return holes;
    }

    private static PolygonShape Rectangle(string title, List<AnnotationPoint> corners, string path, string where)
    {
        if (corners.Count != 2)
        {
            throw Bad(path, $"has a rectangle ({where}, \"{title}\") of {corners.Count} points instead of 2");
        }
        (AnnotationPoint a, AnnotationPoint b) = (corners[0], corners[1]);
        return new PolygonShape(title, [a, new(b.X, a.Y), b, new(a.X, b.Y)]);
    }

    private static double? Thickness(JsonElement item, string path, string where) =>
        item.TryGetProperty("thickness", out JsonElement value)
            ? Expect(value, JsonValueKind.Number, "thickness", path, where).GetDouble()
            : null;

    private static List<AnnotationPoint> Points(JsonElement array, string path, string where)
    {
        var points = new List<AnnotationPoint>(array.GetArrayLength());
        foreach (JsonElement pair in array.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2
                || pair[0].ValueKind != JsonValueKind.Number || pair[1].ValueKind != JsonValueKind.Number)
            {
                throw Bad(path, $"has a point that is not two numbers ({where}, point {points.Count})");
            }
            // Supervisely's coordinates are pixels' numbers; ours are places, with pixel centres at halves.
            points.Add(new(pair[0].GetDouble() + 0.5, pair[1].GetDouble() + 0.5));
        }
        return points;
    }

    private static int Side(JsonElement size, string name, string path) =>
        Member(size, name, JsonValueKind.Number, path, "size").TryGetInt32(out int side)
            ? side
            : throw Bad(path, $"has a size.{name} that is not a whole number of pixels");

    private static JsonElement Member(JsonElement parent, string name, JsonValueKind kind, string path, string where) =>
        parent.TryGetProperty(name, out JsonElement member)
            ? Expect(member, kind, name, path, where)
            : throw Bad(path, $"has no {Full(where, name)}");

    private static JsonElement Expect(JsonElement element, JsonValueKind kind, string name, string path, string where) =>
        element.ValueKind == kind
            ? element
            : throw Bad(path, $"has a {Full(where, name)} that is not {Words(kind)} but {Words(element.ValueKind)}");

    private static string Full(string where, string name) => where.Length == 0 ? name : $"{where}.{name}";

    private static string Words(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static AnnotationFormatException Bad(string path, string fault) => new(path, fault, "export it again or correct it");
}
