using System.Globalization;
using System.Xml;

namespace SegML.Annotations;

/// <summary>
/// Reads CVAT's XML for images (docs.cvat.ai, "CVAT for images 1.1"): one file for many images, each an <c>image</c> with
/// <c>name</c>, <c>width</c>, <c>height</c> and its <c>polygon</c>, <c>box</c>, <c>polyline</c>, <c>points</c>,
/// <c>ellipse</c> and <c>mask</c> elements, drawn by <c>z_order</c> and then in the file's order. Tags are passed over.
/// Coordinates are places with pixel centres at halves; a mask's run lengths go along the rows of its box.
/// </summary>
internal static class CvatReader
{
    /// <summary>Whether content looks like one.</summary>
    public static bool Recognises(ReadOnlySpan<byte> content) => content.IndexOf("<annotations"u8) >= 0;

    /// <summary>Reads all images in the file's order, one at a time.</summary>
    /// <exception cref="AnnotationFormatException">It is not XML, or something is missing or of the wrong type.</exception>
    public static IEnumerable<AnnotatedImage> ReadAll(string path, AnnotationOptions options)
    {
        using var stream = new FileStream(AnnotationFile.Open(path), FileAccess.Read);
        // No document types: entities that expand each other would fill the memory.
        using XmlReader xml = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true, IgnoreWhitespace = true });
        while (Step(xml, path))
        {
            if (xml.NodeType == XmlNodeType.Element && xml.Name == "image")
            {
                yield return Image(xml, path, options);
            }
            else if (xml.NodeType == XmlNodeType.Element && xml.Name == "track")
            {
                throw new AnnotationFormatException(path, "is CVAT's XML for videos", "export \"CVAT for images 1.1\"");
            }
        }
    }

    private static AnnotatedImage Image(XmlReader xml, string path, AnnotationOptions options)
    {
        var image = new Entry(xml, path, "");
        string name = image.Text("name");
        (int width, int height) = (image.Side("width"), image.Side("height"));
        AnnotatedImage.CheckSize(width, height, $"{path} ({name})");
        var shapes = new List<(double Order, AnnotationShape Shape)>();
        if (!xml.IsEmptyElement)
        {
            int depth = xml.Depth;
            while (Step(xml, path) && xml.Depth > depth)
            {
                if (xml.NodeType == XmlNodeType.Element && xml.Depth == depth + 1 && xml.Name != "tag")
                {
                    var entry = new Entry(xml, path, $"image \"{name}\"");
                    shapes.Add((entry.Number("z_order", 0), Shape(xml.Name, entry, (width, height), options)));
                }
            }
        }
        return new AnnotatedImage(name, width, height, [.. shapes.OrderBy(s => s.Order).Select(s => s.Shape)]) { Source = path };
    }

    private static AnnotationShape Shape(string kind, Entry entry, (int Width, int Height) image, AnnotationOptions options)
    {
        string label = entry.Text("label");
        switch (kind)
        {
            case "polygon":
                return new PolygonShape(label, entry.Points("points"));
            case "polyline" or "points":
                return new LineShape(label, entry.Points("points"), options.LineThickness ?? 1);
            case "box":
                return Box(label, entry);
            case "ellipse":
                return new EllipseShape(label, new(entry.Number("cx"), entry.Number("cy")), entry.Number("rx"), entry.Number("ry"), entry.Number("rotation", 0));
            case "mask":
                return Mask(label, entry, image);
            default:
                throw entry.Bad($"has a {kind} (\"{label}\"), which is not supported", "convert it to a polygon or mask, or delete it");
        }
    }

    private static PolygonShape Box(string label, Entry entry)
    {
        AnnotationPoint a = new(entry.Number("xtl"), entry.Number("ytl")), b = new(entry.Number("xbr"), entry.Number("ybr"));
        PolygonShape box = PolygonShape.Rectangle(label, a, b);
        double rotation = entry.Number("rotation", 0);
        if (rotation == 0)
        {
            return box;
        }
        (double sin, double cos) = Math.SinCos(rotation * Math.PI / 180);
        (double x, double y) = ((a.X + b.X) / 2, (a.Y + b.Y) / 2);
        return new PolygonShape(label,
            [.. box.Exterior.Select(p => new AnnotationPoint(x + (p.X - x) * cos - (p.Y - y) * sin, y + (p.X - x) * sin + (p.Y - y) * cos))]);
    }

    private static RunLengthShape Mask(string label, Entry entry, (int Width, int Height) image)
    {
        (int left, int top, int width, int height) = (entry.Side("left"), entry.Side("top"), entry.Side("width"), entry.Side("height"));
        if (left < 0 || top < 0 || width < 1 || height < 1 || (long)left + width > image.Width || (long)top + height > image.Height)
        {
            throw entry.Bad($"has a mask (\"{label}\") of {width}x{height} at {left},{top} outside its image of {image.Width}x{image.Height}");
        }
        var shape = new RunLengthShape(label, left, top, width, height, [.. entry.Numbers("rle").Select(n => (long)n)]);
        return shape.FillsBox()
            ? shape
            : throw entry.Bad($"has a mask (\"{label}\") whose run lengths do not fill its {width}x{height} pixels");
    }

    private static bool Step(XmlReader xml, string path)
    {
        try
        {
            return xml.Read();
        }
        catch (XmlException e)
        {
            throw new AnnotationFormatException(path, $"is not valid XML (line {e.LineNumber}) or is truncated", "export it again", e);
        }
        catch (IOException e)
        {
            throw new AnnotationFormatException(path, $"cannot be read ({e.Message.TrimEnd('.')})", "check the disk and the path", e);
        }
    }

    /// <summary>An element's attributes.</summary>
    private readonly struct Entry(XmlReader xml, string path, string place)
    {
        private readonly string _name = xml.Name;

        public string Text(string attribute) => xml.GetAttribute(attribute) ?? throw Bad($"has {_name} without {attribute}");

        public double Number(string attribute) => Parse(Text(attribute), attribute);

        public double Number(string attribute, double missing) => xml.GetAttribute(attribute) is { } text ? Parse(text, attribute) : missing;

        public int Side(string attribute) => Number(attribute) is var value && value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
            ? (int)value
            : throw Bad($"has {_name} with {attribute} {value.ToString(CultureInfo.InvariantCulture)}, which is not a whole number of pixels");

        public IEnumerable<double> Numbers(string attribute)
        {
            Entry entry = this;
            return Text(attribute).Split(',').Select(n => entry.Parse(n, attribute));
        }

        public List<AnnotationPoint> Points(string attribute)
        {
            var points = new List<AnnotationPoint>();
            foreach (string pair in Text(attribute).Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] parts = pair.Split(',');
                points.Add(parts.Length == 2
                    ? new AnnotationPoint(Parse(parts[0], attribute), Parse(parts[1], attribute))
                    : throw Bad($"has a point that is not two numbers ({_name}.{attribute}, point {points.Count})"));
            }
            return points;
        }

        public AnnotationFormatException Bad(string fault, string fix = "export it again or correct it") =>
            new(place.Length == 0 ? path : $"{path} ({place})", fault, fix);

        private double Parse(string text, string attribute) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Bad($"has {_name} with {attribute} \"{(text.Length > 20 ? text[..20] : text)}\", which is not a number");
    }
}
