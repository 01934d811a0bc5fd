using System.Globalization;
using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// VGG Image Annotator's JSON (robots.ox.ac.uk/~vgg/software/via), annotations alone or a project: for each image a <c>filename</c> and
/// <c>regions</c> of <c>shape_attributes</c> (polygon, polyline, rect, circle, ellipse, point) and <c>region_attributes</c>, of which the only
/// one, or the one called label, class, type, name or category, is the class. Coordinates are places with pixel centres at halves. It has no
/// image sizes.
/// </summary>
internal sealed class ViaFormat : AnnotationFormat
{
    private static readonly string[] _classKeys = ["label", "class", "type", "name", "category"];

    public override string Name => "VIA JSON";

    public override bool NeedsImage => true;

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content) => content.Json is { IsArray: false } json
        && (json.HasObject("_via_img_metadata") || (json.FirstHolds("filename") && json.FirstHolds("regions")));

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        string path = content.Path;
        using JsonDocument document = content.ReadJson();
        JsonElement images = document.RootElement.TryGetProperty("_via_img_metadata", out JsonElement metadata) ? metadata : document.RootElement;
        var entries = new List<AnnotationEntry>();
        var faults = new FaultCounts();
        foreach (JsonProperty image in images.EnumerateObject())
        {
            try
            {
                // Cloned, since it outlives the document.
                var field = new JsonField(image.Value.Clone(), path, image.Name);
                string name = field["filename"].Text();
                entries.Add(new AnnotationEntry(name, file => Read(field, name, file, path, options))
                {
                    IsBare = field.Optional("regions") is not { } regions || (regions.IsArray && regions.Count == 0),
                });
            }
            catch (AnnotationFormatException e)
            {
                faults.Add(e);
            }
        }
        return new AnnotationIndex(entries) { Faults = faults.All };
    }

    private static AnnotatedImage Read(JsonField field, string name, string? image, string path, AnnotationOptions options)
    {
        (int width, int height) = ImageLookup.SizeOf(image ?? ImageLookup.Find(path, name, options), path, options);
        string source = $"{path} ({name})";
        var shapes = new ShapeList(source);
        int number = 0;
        foreach (JsonElement region in Regions(field))
        {
            var entry = new JsonField(region, source, $"region {number++}");
            shapes.Add(() => [Shape(entry, options) with { Id = entry.Place }]);
        }
        return shapes.ToImage(name, width, height);
    }

    // A list, or in version 1 an object of numbers.
    private static IEnumerable<JsonElement> Regions(JsonField image) => image.Optional("regions") is not { } regions ? []
        : regions.IsArray ? regions.Items().Select(r => r.Element)
        : regions.Element.ValueKind == JsonValueKind.Object ? regions.Element.EnumerateObject().Select(p => p.Value)
        : throw regions.Bad($"has regions that are no list ({image.Place})");

    /// <summary>A region's shape.</summary>
    internal static AnnotationShape Shape(JsonField region, AnnotationOptions options)
    {
        JsonField shape = region["shape_attributes"];
        string label = LabelOf(region), kind = shape["name"].Text();
        return kind switch
        {
            "polygon" => new PolygonShape(label, Points(shape)),
            "polyline" => new LineShape(label, Points(shape), options.LineThickness ?? 1),
            "rect" when new AnnotationPoint(shape["x"].Number(), shape["y"].Number()) is var corner =>
                PolygonShape.Rectangle(label, corner, new(corner.X + shape["width"].Number(), corner.Y + shape["height"].Number())),
            "circle" => new EllipseShape(label, Center(shape), shape["r"].Number(), shape["r"].Number()),
            "ellipse" => new EllipseShape(label, Center(shape), shape["rx"].Number(), shape["ry"].Number(),
                (shape.Optional("theta") is { IsNumber: true } theta ? theta.Number() : 0) * 180 / Math.PI),
            "point" => throw region.Bad($"has a point ({region.Place}, \"{label}\")", "give it a polygon, or delete it", AnnotationFaultKind.Keypoints),
            _ => throw region.Bad($"has the shape \"{kind}\" ({region.Place}, \"{label}\"), which is not supported", "convert it to a polygon, or delete it", AnnotationFaultKind.Unsupported),
        };
    }

    private static AnnotationPoint Center(JsonField shape) => new(shape["cx"].Number(), shape["cy"].Number());

    private static List<AnnotationPoint> Points(JsonField shape)
    {
        double[] x = [.. shape["all_points_x"].Items().Select(n => n.Number())], y = [.. shape["all_points_y"].Items().Select(n => n.Number())];
        return x.Length == y.Length ? [.. x.Zip(y, (a, b) => new AnnotationPoint(a, b))]
            : throw shape.Bad($"has {x.Length} x and {y.Length} y coordinates ({shape.Place})");
    }

    private static string LabelOf(JsonField region)
    {
        JsonField attributes = region["region_attributes"];
        JsonProperty[] all = attributes.Element.ValueKind == JsonValueKind.Object ? [.. attributes.Element.EnumerateObject()] : [];
        JsonProperty? one = all.Length == 1 ? all[0]
            : _classKeys.Select(k => all.Where(a => a.Name.Equals(k, StringComparison.OrdinalIgnoreCase)).Select(a => (JsonProperty?)a).FirstOrDefault()).FirstOrDefault(a => a is not null);
        string? value = one?.Value switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Number } number => number.ToString(),
            // Checkboxes: {"car": true}.
            { ValueKind: JsonValueKind.Object } boxes when boxes.EnumerateObject().Where(b => b.Value.ValueKind == JsonValueKind.True).ToArray() is [var only] => only.Name,
            _ => null,
        };
        return value is { Length: > 0 } ? value
            : throw region.Bad(string.Create(CultureInfo.InvariantCulture, $"has a region whose class is not clear among {all.Length} attributes ({region.Place})"),
                "give it one attribute, or call the class's \"label\"", AnnotationFaultKind.UnknownClass);
    }
}
