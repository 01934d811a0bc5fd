using System.Globalization;
using System.Xml.Linq;

namespace SegML.Annotations.Formats;

/// <summary>
/// XML with the root <c>annotation</c>, one file an image: LabelMe's web tool (<c>imagesize</c>, <c>polygon</c> of <c>pt</c>, deleted objects
/// left out) and PASCAL VOC's (<c>size</c>, <c>bndbox</c>), where Roboflow adds <c>polygon</c> with <c>x1</c>, <c>y1</c>, <c>x2</c> ...
/// VOC's own masks are PNGs: an object with a box alone is unusable.
/// </summary>
internal sealed class VocXmlFormat : AnnotationFormat
{
    public override string Name => "VOC and LabelMe XML";

    public override bool Recognises(AnnotationContent content) => content.XmlRoot == "annotation";

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        string path = content.Path;
        XmlEntry root = XmlEntry.Parse(System.Text.Encoding.UTF8.GetBytes(content.ReadText()), path);
        string name = root.ChildText("filename") ?? Path.GetFileNameWithoutExtension(path);
        return new AnnotationIndex([new AnnotationEntry(name, image => Read(root, name, image, options)) { OtherNames = [Path.GetFileNameWithoutExtension(path)] }]);
    }

    private static AnnotatedImage Read(XmlEntry root, string name, string? image, AnnotationOptions options)
    {
        XmlEntry? size = root.Child("imagesize") ?? root.Child("size");
        (int width, int height) = size is { } given && (given.ChildText("nrows") ?? given.ChildText("height")) is not null
            ? ((int)given.ChildNumber(given.Element.Element("ncols") is null ? "width" : "ncols"), (int)given.ChildNumber(given.Element.Element("nrows") is null ? "height" : "nrows"))
            : ImageLookup.SizeOf(image ?? ImageLookup.Find(root.Source, name, options), root.Source, options);
        AnnotatedImage.CheckSize(width, height, root.Source);
        var shapes = new ShapeList(root.Source);
        int number = 0;
        foreach (XElement element in root.Element.Elements("object").Where(o => o.Element("deleted")?.Value.Trim() != "1"))
        {
            var item = new XmlEntry(element, root.Source);
            int at = number++;
            shapes.Add(() => [Shape(item, at) with { Id = $"object {at}" }]);
        }
        return shapes.ToImage(name, width, height);
    }

    private static AnnotationShape Shape(XmlEntry item, int number)
    {
        string label = item.ChildText("name") ?? throw item.Bad($"has an object without a name (object {number})");
        if (item.Child("polygon") is { } polygon)
        {
            return new PolygonShape(label, polygon.Element.Element("pt") is null ? Numbered(polygon)
                : [.. polygon.Element.Elements("pt").Select(p => new XmlEntry(p, item.Source)).Select(p => new AnnotationPoint(p.ChildNumber("x"), p.ChildNumber("y")))]);
        }
        throw item.Child("segm") is not null
            ? item.Bad($"has an object whose mask is a file of its own (object {number}, \"{label}\")", "export polygons", AnnotationFaultKind.Unsupported)
            : item.Bad($"has a bounding box only (object {number}, \"{label}\")", "use the data set's mask PNGs (SegmentationClass), or export polygons", AnnotationFaultKind.BoxOnly);
    }

    private static List<AnnotationPoint> Numbered(XmlEntry polygon)
    {
        var points = new List<AnnotationPoint>();
        for (int i = 1; polygon.Element.Element(string.Create(CultureInfo.InvariantCulture, $"x{i}")) is not null; i++)
        {
            points.Add(new AnnotationPoint(polygon.ChildNumber(string.Create(CultureInfo.InvariantCulture, $"x{i}")), polygon.ChildNumber(string.Create(CultureInfo.InvariantCulture, $"y{i}"))));
        }
        return points;
    }
}
