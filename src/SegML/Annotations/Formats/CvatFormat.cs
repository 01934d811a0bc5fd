using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace SegML.Annotations.Formats;

/// <summary>
/// CVAT's XML (docs.cvat.ai, "CVAT for images 1.1" and "CVAT for video 1.1"): one file for a task or a project. Of images, each
/// <c>image</c> has <c>name</c>, <c>width</c>, <c>height</c>, in projects a <c>subset</c>, and <c>polygon</c>, <c>box</c>,
/// <c>polyline</c>, <c>points</c>, <c>ellipse</c> and <c>mask</c> elements, drawn by <c>z_order</c> and then in the file's order; tags
/// say nothing of pixels. Videos are in <see cref="CvatVideo"/>. Coordinates are places with pixel centres at halves; a mask's run
/// lengths go along the rows of its box.
/// </summary>
/// <remarks>Only the places of images are kept, so a file of any size can be read; a video's tracks are kept in memory.</remarks>
internal sealed class CvatFormat : AnnotationFormat
{
    public override string Name => "CVAT XML";

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content) => content.XmlRoot == "annotations";

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        string path = content.Path;
        var entries = new List<AnnotationEntry>();
        var tracks = new List<XElement>();
        var faults = new FaultCounts();
        XElement? meta = null;
        new XmlParts(content.FromStart(), path).Visit((name, part, offset) =>
        {
            try
            {
                switch (name)
                {
                    case "image":
                        entries.Add(Entry(part, offset, path, options));
                        break;
                    case "track":
                        tracks.Add(XmlEntry.Parse(part.ToArray(), path).Element);
                        break;
                    case "meta":
                        meta = XmlEntry.Parse(part.ToArray(), path).Element;
                        break;
                }
            }
            catch (AnnotationFormatException e)
            {
                faults.Add(e);
            }
        });
        if (tracks.Count > 0 || (entries.Count == 0 && meta?.Descendants("mode").FirstOrDefault()?.Value == "interpolation"))
        {
            entries.AddRange(new CvatVideo(meta, tracks, path, options).Frames());
        }
        return new AnnotationIndex(entries) { Classes = Classes(meta), Faults = faults.All };
    }

    private static List<AnnotationClass> Classes(XElement? meta) =>
        [.. (meta?.Descendants("label") ?? []).Where(l => l.Element("parent") is not { Value.Length: > 0 } && l.Element("name") is { Value.Length: > 0 })
            .Select(l => new AnnotationClass(l.Element("name")!.Value, Images.Rgb.TryParse(l.Element("color")?.Value, out Images.Rgb color) ? color : null))
            .DistinctBy(c => c.Name)];

    private static AnnotationEntry Entry(ReadOnlySpan<byte> part, long offset, string path, AnnotationOptions options)
    {
        int length = part.Length, end = EndOfTag(part);
        // The opening tag alone is parsed now: made an element of its own, it has the image's attributes.
        byte[] tag = part[end - 1] == (byte)'/' ? part[..(end + 1)].ToArray() : [.. part[..end], (byte)'/', (byte)'>'];
        XmlEntry image = XmlEntry.Parse(tag, path);
        string name = image.Text("name");
        return new AnnotationEntry(name, _ => Image(XmlEntry.Parse(FilePart.Read(path, offset, length), $"{path} ({name})"), name, $"{path} ({name})", options))
        {
            Id = image.Optional("id"),
            Subset = image.Optional("subset") is { Length: > 0 } subset ? subset : null,
            IsBare = part[end - 1] == (byte)'/' ? true : null,
        };
    }

    private static int EndOfTag(ReadOnlySpan<byte> part)
    {
        byte quote = 0;
        for (int i = 0; ; i++)
        {
            byte b = part[i];
            if (quote != 0 ? b == quote : b is (byte)'"' or (byte)'\'')
            {
                quote = quote != 0 ? (byte)0 : b;
            }
            else if (quote == 0 && b == (byte)'>')
            {
                return i;
            }
        }
    }

    private static AnnotatedImage Image(XmlEntry image, string name, string source, AnnotationOptions options)
    {
        (int width, int height) = (image.Side("width"), image.Side("height"));
        AnnotatedImage.CheckSize(width, height, source);
        return Draw(image.Element.Elements(), name, width, height, source, options);
    }

    /// <summary>Reads shapes by their order.</summary>
    internal static AnnotatedImage Draw(IEnumerable<XElement> elements, string name, int width, int height, string source, AnnotationOptions options)
    {
        var shapes = new ShapeList(source);
        int number = 0;
        foreach ((XElement element, int at) in elements.Where(e => e.Name.LocalName != "tag").Select(e => (e, number++))
            .OrderBy(e => double.TryParse(e.e.Attribute("z_order")?.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double order) ? order : 0))
        {
            var entry = new XmlEntry(element, source);
            shapes.Add(() => [Shape(entry, (width, height), options) with { Id = $"{entry.Name} {at}" }]);
        }
        return shapes.ToImage(name, width, height);
    }

    private static AnnotationShape Shape(XmlEntry entry, (int Width, int Height) image, AnnotationOptions options)
    {
        string label = entry.Text("label");
        switch (entry.Name)
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
                throw entry.Bad($"has a {entry.Name} (\"{label}\"), which is not supported", "convert it to a polygon or mask, or delete it",
                    entry.Name == "skeleton" ? AnnotationFaultKind.Keypoints : AnnotationFaultKind.Unsupported);
        }
    }

    private static PolygonShape Box(string label, XmlEntry entry)
    {
        AnnotationPoint a = new(entry.Number("xtl"), entry.Number("ytl")), b = new(entry.Number("xbr"), entry.Number("ybr"));
        return Turned(PolygonShape.Rectangle(label, a, b), entry.Number("rotation", 0), new((a.X + b.X) / 2, (a.Y + b.Y) / 2));
    }

    /// <summary>A polygon turned clockwise about a point.</summary>
    internal static PolygonShape Turned(PolygonShape polygon, double degrees, AnnotationPoint about)
    {
        if (degrees == 0)
        {
            return polygon;
        }
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        return polygon with
        {
            Exterior = [.. polygon.Exterior.Select(p => new AnnotationPoint(
                about.X + (p.X - about.X) * cos - (p.Y - about.Y) * sin, about.Y + (p.X - about.X) * sin + (p.Y - about.Y) * cos))],
        };
    }

    private static RunLengthShape Mask(string label, XmlEntry entry, (int Width, int Height) image)
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
}
