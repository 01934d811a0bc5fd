namespace SegML.Annotations.Formats;

/// <summary>
/// Supervisely's annotation JSON (developer.supervisely.com, "Supervisely annotation format"): one file an image, named
/// after it, with <c>size.width</c>, <c>size.height</c> and <c>objects</c> in drawing order. An object has a
/// <c>classTitle</c>, a <c>geometryType</c> (polygon, line, rectangle, point or bitmap; polygon where it is missing) and
/// <c>points.exterior</c> and <c>points.interior</c>, or <c>bitmap.data</c> and <c>bitmap.origin</c>: a PNG, deflated, in
/// Base64. A line or point may have a <c>thickness</c> in pixels, which is SegML's addition. Coordinates name pixels, so that
/// an outline through (2, 2) passes through that pixel's centre.
/// </summary>
internal sealed class SuperviselyFormat : JsonImageFormat
{
    public override string Name => "Supervisely JSON";

    protected override bool Recognises(JsonOutline json) => json.Has("size") && json.Has("objects");

    protected override AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        JsonField size = root["size"];
        (int width, int height) = (size["width"].Side(), size["height"].Side());
        AnnotatedImage.CheckSize(width, height, root.Source);
        var shapes = new ShapeList(root.Source);
        foreach (JsonField item in root["objects"].Items())
        {
            shapes.Add(() => [Shape(item, (width, height), options)]);
        }
        string name = Path.GetFileName(root.Source);
        return shapes.ToImage(name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name, width, height);
    }

    private static AnnotationShape Shape(JsonField item, (int Width, int Height) image, AnnotationOptions options)
    {
        string title = item["classTitle"].Text();
        string geometry = item.Optional("geometryType") is { IsText: true } type ? type.Text() : "polygon";
        return geometry switch
        {
            "polygon" => new PolygonShape(title, Exterior(item), [.. Holes(item["points"])]),
            "line" or "polyline" or "point" => new LineShape(title, Exterior(item), item.Optional("thickness")?.Number() ?? options.LineThickness ?? 1),
            "rectangle" => Rectangle(title, Exterior(item), item),
            "bitmap" => Bitmap(title, item["bitmap"], image),
            _ => throw item.Bad($"has the geometry \"{geometry}\" ({item.Place}, \"{title}\"), which is not supported",
                "convert it to a polygon, bitmap, line, rectangle or point, or delete it",
                geometry is "graph" or "keypoint" ? AnnotationFaultKind.Keypoints : AnnotationFaultKind.Unsupported),
        };
    }

    private static List<AnnotationPoint> Exterior(JsonField item) => Places(item["points"]["exterior"]);

    private static IEnumerable<List<AnnotationPoint>> Holes(JsonField points) =>
        points.Optional("interior") is { } interior ? interior.Items().Select(Places) : [];

    // Supervisely's coordinates are pixels' numbers; ours are places, with pixel centres at halves.
    private static List<AnnotationPoint> Places(JsonField points) => [.. points.Points().Select(p => new AnnotationPoint(p.X + 0.5, p.Y + 0.5))];

    private static PolygonShape Rectangle(string title, List<AnnotationPoint> corners, JsonField item)
    {
        if (corners.Count != 2)
        {
            throw item.Bad($"has a rectangle ({item.Place}, \"{title}\") of {corners.Count} points instead of 2");
        }
        return PolygonShape.Rectangle(title, corners[0], corners[1]);
    }

    private static BitmapShape Bitmap(string title, JsonField bitmap, (int Width, int Height) image)
    {
        AnnotationPoint origin = bitmap["origin"].Point();
        JsonField data = bitmap["data"];
        byte[] png = EmbeddedBitmap.Inflate(EmbeddedBitmap.FromBase64(data), data, image);
        return EmbeddedBitmap.Decode(title, png, data, origin, image);
    }
}
