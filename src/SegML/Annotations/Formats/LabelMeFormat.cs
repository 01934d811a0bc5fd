namespace SegML.Annotations.Formats;

/// <summary>
/// LabelMe's JSON (github.com/wkentaro/labelme): one file an image, with <c>imagePath</c>, <c>imageWidth</c>,
/// <c>imageHeight</c> and <c>shapes</c> in drawing order, each with a <c>label</c>, a <c>shape_type</c> (polygon, rectangle,
/// circle, line, linestrip, point or mask; polygon where it is missing) and <c>points</c>. Drawn as LabelMe's own
/// <c>shape_to_mask</c> does with Pillow: coordinates are cut to whole pixels' numbers, rows are rounded, outlines are not drawn; lines are
/// 10 pixels thick and points discs of radius 5 unless <see cref="AnnotationOptions.LineThickness"/> says otherwise.
/// </summary>
internal sealed class LabelMeFormat : JsonImageFormat
{
    private const double OwnThickness = 10, OwnPointSize = 11;

    public override string Name => "LabelMe JSON";

    protected override bool Recognises(JsonOutline json) => json.Has("shapes");

    protected override AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        if (root.Optional("imageWidth") is null || root.Optional("imageHeight") is null)
        {
            throw root.Bad("has no imageWidth and imageHeight", "open and save it once in LabelMe, which writes them");
        }
        (int width, int height) = (root["imageWidth"].Side(), root["imageHeight"].Side());
        AnnotatedImage.CheckSize(width, height, root.Source);
        var shapes = new ShapeList(root.Source);
        foreach (JsonField item in root["shapes"].Items())
        {
            shapes.Add(() => Shapes(item, (width, height), options));
        }
        // Windows writes ..\images\a.jpg; the name alone is wanted.
        string name = root.Optional("imagePath") is { IsText: true } path ? path.Text().Replace('\\', '/') : Path.GetFileNameWithoutExtension(root.Source);
        return shapes.ToImage(Path.GetFileName(name), width, height);
    }

    private static IEnumerable<AnnotationShape> Shapes(JsonField item, (int Width, int Height) image, AnnotationOptions options)
    {
        string label = item["label"].Text();
        string kind = item.Optional("shape_type") is { IsText: true } type ? type.Text() : "polygon";
        JsonField points = item["points"];
        switch (kind)
        {
            case "polygon":
                return [new PolygonShape(label, Places(points)) { Rule = PolygonRule.Rounded }];
            case "rectangle":
                // Two opposite corners, or since version 5.6 all four of a rectangle that may be turned.
                List<AnnotationPoint> corners = Places(points);
                return [corners.Count == 4 ? new PolygonShape(label, corners) { Rule = PolygonRule.Rounded } : PolygonShape.Rectangle(label, Two(corners, item, kind).First, corners[1])];
            case "circle":
                (AnnotationPoint center, AnnotationPoint rim) = Two(points.Points(), item, kind);
                double radius = double.Hypot(rim.X - center.X, rim.Y - center.Y);
                return [PillowEllipse.Disc(label, center, radius, image)];
            case "line" or "linestrip":
                return Segments(label, Places(points), options.LineThickness ?? OwnThickness);
            case "point" or "points":
                return points.Count == 1
                    ? [PillowEllipse.Disc(label, points.Points()[0], ((options.LineThickness ?? OwnPointSize) - 1) / 2, image)]
                    : throw item.Bad($"has a point ({item.Place}, \"{label}\") of {points.Count.Of("place")}", "label each on its own");
            case "mask":
                (AnnotationPoint corner, _) = Two(points.Points(), item, kind);
                JsonField mask = item["mask"];
                return [EmbeddedBitmap.Decode(label, EmbeddedBitmap.FromBase64(mask), mask, corner, image)];
            default:
                throw item.Bad($"has the shape \"{kind}\" ({item.Place}, \"{label}\"), which is not supported",
                    "convert it to a polygon or mask, or delete it", AnnotationFaultKind.Unsupported);
        }
    }

    // Pillow's thick lines end square, and do not join: each is the polygon of four corners that lie half the thickness from its ends.
    private static IEnumerable<AnnotationShape> Segments(string label, List<AnnotationPoint> points, double thickness)
    {
        for (int i = 0; i + 1 < points.Count; i++)
        {
            (AnnotationPoint a, AnnotationPoint b) = (points[i], points[i + 1]);
            if (thickness < 2)
            {
                yield return new PolygonShape(label, [a, b, a]) { Rule = PolygonRule.Outlined };
                continue;
            }
            double dx = b.X - a.X, dy = b.Y - a.Y, half = (thickness - 1) / 2;
            // Of an even thickness, one side gets the odd pixel.
            double longer = Math.Floor(half + 0.5) / Math.Max(double.Hypot(dx, dy), 1e-9), shorter = Math.Ceiling(half - 0.5) / Math.Max(double.Hypot(dx, dy), 1e-9);
            (double left, double right) = (Rounded(shorter * dy), Rounded(longer * dy));
            (double up, double down) = (Rounded(shorter * dx), Rounded(longer * dx));
            yield return new PolygonShape(label,
                [new(a.X - left, a.Y + down), new(b.X - left, b.Y + down), new(b.X + right, b.Y - up), new(a.X + right, a.Y - up)])
            { Rule = PolygonRule.Rounded };
        }
    }

    // To the nearest, halves towards zero.
    private static double Rounded(double value) => Math.Sign(value) * Math.Ceiling(Math.Abs(value) - 0.5);

    private static (AnnotationPoint First, AnnotationPoint Second) Two(List<AnnotationPoint> points, JsonField item, string kind) => points.Count == 2
        ? (points[0], points[1])
        : throw item.Bad($"has a {kind} ({item.Place}) of {points.Count} points instead of 2");

    // LabelMe draws with Pillow, which cuts coordinates to whole pixels' numbers; a pixel's centre is half a pixel further.
    private static List<AnnotationPoint> Places(JsonField points) =>
        [.. points.Points().Select(p => new AnnotationPoint(Math.Truncate(p.X) + 0.5, Math.Truncate(p.Y) + 0.5))];
}
