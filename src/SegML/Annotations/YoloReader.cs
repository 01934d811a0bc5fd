using System.Buffers.Text;
using System.Globalization;
using SegML.Images;

namespace SegML.Annotations;

/// <summary>
/// Reads YOLO segment text (docs.ultralytics.com, "Instance segmentation datasets"): one file an image, one polygon a line,
/// <c>class x1 y1 x2 y2 ...</c>, with coordinates as shares of the image's width and height. The class is a number, which the
/// pipeline file's classes translate. The text has no image size: it is read from the image of the same name. Coordinates are
/// cut to whole pixels' numbers and outlines belong to their polygons, as in Ultralytics' <c>polygon2mask</c>.
/// </summary>
internal static class YoloReader
{
    /// <summary>Whether a file looks like one: numbers only.</summary>
    public static bool Recognises(ReadOnlySpan<byte> content)
    {
        int end = content.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = (end < 0 ? content : content[..end]).Trim((byte)' ');
        int space = line.IndexOf((byte)' ');
        return Utf8Parser.TryParse(space < 0 ? line : line[..space], out double _, out int used) && used == (space < 0 ? line.Length : space);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="AnnotationFormatException">A line is not a class and a polygon, or the image cannot be found.</exception>
    public static AnnotatedImage Read(string text, string path, AnnotationOptions options)
    {
        string image = ImageOf(path, options);
        (int width, int height) = SizeOf(image, path);
        var shapes = new List<AnnotationShape>();
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (!line.IsWhiteSpace())
            {
                shapes.Add(Polygon(line, number, width, height, path));
            }
        }
        return new AnnotatedImage(Path.GetFileName(image), width, height, shapes) { Source = path };
    }

    private static PolygonShape Polygon(ReadOnlySpan<char> line, int number, int width, int height, string path)
    {
        var values = new List<double>();
        foreach (Range part in line.Split(' '))
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
            throw new AnnotationFormatException(path, $"has a bounding box in line {number}, which says nothing of pixels", "export polygons (YOLO segment), not boxes");
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
            points[i] = new(Math.Truncate(values[1 + 2 * i] * width) + 0.5, Math.Truncate(values[2 + 2 * i] * height) + 0.5);
        }
        return new PolygonShape(((int)values[0]).ToString(CultureInfo.InvariantCulture), points) { Outlined = true };

        AnnotationFormatException Bad(string fault) => new(path, fault, "export it again or correct it");
    }

    private static string ImageOf(string path, AnnotationOptions options)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, stem = Path.GetFileNameWithoutExtension(path);
        string[] folders = options.ImageFolder is { } given ? [given] : [folder, ImagesBeside(folder)];
        return folders.SelectMany(f => ImageFile.Extensions.SelectMany(e => new[] { e, e.ToUpperInvariant() }).Select(e => Path.Combine(f, stem + e)))
            .FirstOrDefault(File.Exists)
            ?? throw new AnnotationFormatException(path, $"has no image {stem}.* in {string.Join(" or ", folders.Distinct())}, which tells its size",
                "put the images there, or name their folder");
    }

    private static (int Width, int Height) SizeOf(string image, string path)
    {
        try
        {
            return ImageFile.ReadSize(image);
        }
        catch (ImageFormatException e)
        {
            throw new AnnotationFormatException(path, $"belongs to {image}, which {e.Fault}", e.Fix, e);
        }
    }

    // .../labels/train/a.txt belongs to .../images/train/a.jpg.
    private static string ImagesBeside(string folder)
    {
        string[] parts = folder.Split(Path.DirectorySeparatorChar);
        int labels = Array.FindLastIndex(parts, p => p == "labels");
        return labels < 0 ? folder : string.Join(Path.DirectorySeparatorChar, [.. parts[..labels], "images", .. parts[(labels + 1)..]]);
    }
}
