namespace SegML.Annotations;

/// <summary>
/// Reads LabelMe's JSON (github.com/wkentaro/labelme): one file an image, with <c>imagePath</c>, <c>imageWidth</c>,
/// <c>imageHeight</c> and <c>shapes</c> in drawing order, each with a <c>label</c>, a <c>shape_type</c> (polygon, rectangle,
/// circle, line, linestrip, point or mask; polygon where it is missing) and <c>points</c>. Drawn as LabelMe's own
/// <c>shape_to_mask</c> does: coordinates are cut to whole pixels' numbers and outlines belong to the shape; lines are 10
/// pixels thick and points discs of radius 5 unless <see cref="AnnotationOptions.LineThickness"/> says otherwise.
/// </summary>
internal static class LabelMeReader
{
    private const double OwnThickness = 10, OwnPointSize = 11;

    /// <summary>Whether a file looks like one.</summary>
    public static bool Recognises(JsonField root) => root.Optional("shapes") is not null;

    /// <summary>Reads it.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing, of the wrong type, or of a shape that fills no pixels.</exception>
    public static AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        if (root.Optional("imageWidth") is null || root.Optional("imageHeight") is null)
        {
            throw root.Bad("has no imageWidth and imageHeight", "open and save it once in LabelMe, which writes them");
        }
        (int width, int height) = (root["imageWidth"].Side(), root["imageHeight"].Side());
        List<AnnotationShape> shapes = [.. root["shapes"].Items().SelectMany(item => Shapes(item, (width, height), options))];
        // Windows writes ..\images\a.jpg; the name alone is wanted.
        string name = root.Optional("imagePath") is { IsText: true } path ? path.Text().Replace('\\', '/') : Path.GetFileNameWithoutExtension(root.Source);
        return new AnnotatedImage(Path.GetFileName(name), width, height, shapes) { Source = root.Source };
    }

    private static IEnumerable<AnnotationShape> Shapes(JsonField item, (int Width, int Height) image, AnnotationOptions options)
    {
        string label = item["label"].Text();
        string kind = item.Optional("shape_type") is { IsText: true } type ? type.Text() : "polygon";
        JsonField points = item["points"];
        switch (kind)
        {
            case "polygon":
                return [new PolygonShape(label, Places(points)) { Outlined = true }];
            case "rectangle":
                // Two opposite corners, or since version 5.6 all four of a rectangle that may be turned.
                List<AnnotationPoint> corners = Places(points);
                return [corners.Count == 4 ? new PolygonShape(label, corners) { Outlined = true } : PolygonShape.Rectangle(label, Two(corners, item, kind).First, corners[1])];
            case "circle":
                (AnnotationPoint center, AnnotationPoint rim) = Two(points.Points(), item, kind);
                double radius = Math.Sqrt((rim.X - center.X) * (rim.X - center.X) + (rim.Y - center.Y) * (rim.Y - center.Y));
                return [new EllipseShape(label, new(center.X + 0.5, center.Y + 0.5), radius, radius)];
            case "line" or "linestrip":
                return Segments(label, Places(points), options.LineThickness ?? OwnThickness);
            case "point" or "points":
                return points.Count == 1
                    ? [new LineShape(label, Places(points), options.LineThickness ?? OwnPointSize)]
                    : throw item.Bad($"has a point ({item.Place}, \"{label}\") of {points.Count} places", "label each on its own");
            case "mask":
                (AnnotationPoint corner, _) = Two(points.Points(), item, kind);
                JsonField mask = item["mask"];
                return [EmbeddedBitmap.Decode(label, EmbeddedBitmap.FromBase64(mask), mask, corner, image)];
            default:
                throw item.Bad($"has the shape \"{kind}\" ({item.Place}, \"{label}\"), which is not supported",
                    "convert it to a polygon or mask, or delete it");
        }
    }

    // Pillow's thick lines end square, and do not join.
    private static IEnumerable<AnnotationShape> Segments(string label, List<AnnotationPoint> points, double thickness)
    {
        for (int i = 0; i + 1 < points.Count; i++)
        {
            (AnnotationPoint a, AnnotationPoint b) = (points[i], points[i + 1]);
            double length = Math.Max(double.Hypot(b.X - a.X, b.Y - a.Y), 1e-9), half = (thickness - 1) / 2 / length;
            (double x, double y) = (-(b.Y - a.Y) * half, (b.X - a.X) * half);
            yield return new PolygonShape(label, [new(a.X + x, a.Y + y), new(b.X + x, b.Y + y), new(b.X - x, b.Y - y), new(a.X - x, a.Y - y)]) { Outlined = true };
        }
    }

    private static (AnnotationPoint First, AnnotationPoint Second) Two(List<AnnotationPoint> points, JsonField item, string kind) => points.Count == 2
        ? (points[0], points[1])
        : throw item.Bad($"has a {kind} ({item.Place}) of {points.Count} points instead of 2");

    // LabelMe draws with Pillow, which cuts coordinates to whole pixels' numbers; a pixel's centre is half a pixel further.
    private static List<AnnotationPoint> Places(JsonField points) =>
        [.. points.Points().Select(p => new AnnotationPoint(Math.Truncate(p.X) + 0.5, Math.Truncate(p.Y) + 0.5))];
}
