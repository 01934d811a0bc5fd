using System.Buffers.Text;
using System.Globalization;

namespace SegML.Annotations.Formats;

/// <summary>
/// YOLO segment text (docs.ultralytics.com, "Instance segmentation datasets"): one file an image, one polygon a line,
/// <c>class x1 y1 x2 y2 ...</c>, with coordinates as shares of the image's width and height. The class is a number, whose name stands
/// in <see cref="YoloNames">data.yaml</see>. The text has no image size: it is read from the image of the same name. Coordinates are
/// rounded to whole pixels' numbers and outlines belong to their polygons, as OpenCV's fillPoly draws them.
/// </summary>
internal sealed class YoloFormat : AnnotationFormat
{
    public override string Name => "YOLO segment text";

    public override bool NeedsImage => true;

    // Numbers only; an empty file is an image on which nothing was drawn.
    public override bool Recognises(AnnotationContent content)
    {
        if (content.IsEmpty)
        {
            return Path.GetExtension(content.Path).Equals(".txt", StringComparison.OrdinalIgnoreCase);
        }
        ReadOnlySpan<byte> start = content.Start;
        int end = start.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = (end < 0 ? start : start[..end]).Trim((byte)' ');
        int numbers = 0;
        foreach (Range part in line.Split((byte)' '))
        {
            ReadOnlySpan<byte> word = line[part];
            if (!word.IsEmpty && !(Utf8Parser.TryParse(word, out double _, out int used) && used == word.Length) && numbers < 3)
            {
                return false;
            }
            numbers += word.IsEmpty ? 0 : 1;
        }
        return true;
    }

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options)
    {
        string text = content.IsEmpty ? "" : content.ReadText(), path = content.Path;
        IReadOnlyList<string?> names = YoloNames.Near(path);
        return new AnnotationIndex([new AnnotationEntry(Path.GetFileNameWithoutExtension(path), image => Read(text, path, image, names, options)) { IsBare = text.AsSpan().IsWhiteSpace() }])
        {
            Classes = [.. names.OfType<string>().Select(n => new AnnotationClass(n))],
        };
    }

    private static AnnotatedImage Read(string text, string path, string? image, IReadOnlyList<string?> names, AnnotationOptions options)
    {
        image ??= ImageLookup.Find(path, Path.GetFileNameWithoutExtension(path), options);
        (int width, int height) = ImageLookup.SizeOf(image, path, options);
        var shapes = new ShapeList(path);
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (!line.AsSpan().IsWhiteSpace())
            {
                int at = number;
                shapes.Add(() => [Polygon(line, at, width, height, path, names)]);
            }
        }
        return shapes.ToImage(Path.GetFileName(image), width, height);
    }

    private static PolygonShape Polygon(ReadOnlySpan<char> line, int number, int width, int height, string path, IReadOnlyList<string?> names)
    {
        var values = new List<double>();
        foreach (Range part in line.SplitAny(' ', '\t'))
        {
            ReadOnlySpan<char> word = line[part].Trim();
            if (word.IsEmpty)
            {
                continue;
            }
            if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            {
                throw Bad($"has \"{word[..Math.Min(word.Length, 20)]}\" in line {number}, which is not a number");
            }
            values.Add(value);
        }
        if (values.Count == 5)
        {
            throw new AnnotationFormatException(path, $"has a bounding box in line {number}, which says nothing of pixels", "export polygons (YOLO segment), not boxes")
            {
                Kind = AnnotationFaultKind.BoxOnly,
            };
        }
        if (values.Count < 7 || values.Count % 2 == 0)
        {
            throw Bad($"has {values.Count} numbers in line {number} instead of a class and at least 3 points");
        }
        if (values[0] != Math.Floor(values[0]) || values[0] is < 0 or > ushort.MaxValue)
        {
            throw Bad($"has the class {values[0].ToString(CultureInfo.InvariantCulture)} in line {number}, which is not a whole number");
        }
        var points = new AnnotationPoint[(values.Count - 1) / 2];
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = new(Pixel(values[1 + 2 * i], width), Pixel(values[2 + 2 * i], height));
        }
        return new PolygonShape(NameOf((int)values[0], number, path, names), points) { Rule = PolygonRule.Outlined, Id = $"line {number}" };

        AnnotationFormatException Bad(string fault) => new(path, fault, "export it again or correct it");
    }

    // A number stays one where no list of names is found: "from" may have it.
    private static string NameOf(int id, int line, string path, IReadOnlyList<string?> names) =>
        names.Count == 0 ? id.ToString(CultureInfo.InvariantCulture)
        : id < names.Count && names[id] is { } name ? name
        : throw new AnnotationFormatException(path, $"has the class {id} in line {line}, which the data set's list of {names.Count} names does not have",
            "add its name to data.yaml, obj.names or classes.txt")
        { Kind = AnnotationFaultKind.UnknownClass };

    // Shares have six decimals: cut instead of rounded, most would name the pixel before.
    private static double Pixel(double share, int side) => Math.Round(share * side) + 0.5;
}
