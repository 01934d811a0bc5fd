using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace SegML.Annotations;

/// <summary>
/// Reads COCO's object JSON (cocodataset.org, "Data format"): one file for many images, with <c>images</c>,
/// <c>categories</c> and <c>annotations</c>. An annotation's <c>segmentation</c> is a list of polygons or run lengths,
/// compressed or not. COCO has no drawing order: crowds are drawn first, for they lie around single objects, then the others
/// in the file's order, later over earlier. Coordinates are places with pixel centres at halves, as pycocotools has them.
/// </summary>
/// <remarks>
/// Read in two passes: the first finds where each annotation stands (24 bytes of memory each), the second reads the
/// annotations of one image at a time. So a file of any size will do.
/// </remarks>
internal sealed class CocoReader
{
    private readonly string _path;
    private readonly List<ImageEntry> _images = [];
    private readonly Dictionary<long, int> _imageOf = [];
    private readonly Dictionary<long, string> _categories = [];
    private readonly List<(long Image, long Offset, int Length)> _entries = [];
    private int[] _first = [0];

    private CocoReader(string path) => _path = path;

    /// <summary>Whether a property at the file's root is one that only COCO's files have.</summary>
    public static bool Recognises(string property) => property is "annotations" or "images" or "categories";

    /// <summary>Reads all images, those without annotations included, in the file's order.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing, of the wrong type, or contradicts itself.</exception>
    public static IEnumerable<AnnotatedImage> ReadAll(string path)
    {
        CocoReader reader = Open(path);
        return Enumerable.Range(0, reader.Count).Select(reader.Read);
    }

    /// <summary>Makes the first pass.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing, of the wrong type, or contradicts itself.</exception>
    public static CocoReader Open(string path)
    {
        using SafeFileHandle file = AnnotationFile.Open(path);
        var reader = new CocoReader(path);
        reader.Index(file);
        return reader;
    }

    /// <summary>How many images there are.</summary>
    public int Count => _images.Count;

    /// <summary>An image's name.</summary>
    public string NameOf(int image) => _images[image].Name;

    /// <summary>Reads the annotations of one image. Thread-safe.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing, of the wrong type, or contradicts itself.</exception>
    public AnnotatedImage Read(int image)
    {
        using SafeFileHandle file = AnnotationFile.Open(_path);
        var crowds = new List<AnnotationShape>();
        var shapes = new List<AnnotationShape>();
        for (int next = _first[image]; next < _first[image + 1]; next++)
        {
            using JsonDocument document = ReadEntry(file, _entries[next].Offset, _entries[next].Length);
            var entry = new JsonField(document.RootElement, _path, $"annotation at byte {_entries[next].Offset}");
            bool crowd = entry.Optional("iscrowd") is { IsNumber: true } flag && flag.Number() != 0;
            (crowd ? crowds : shapes).AddRange(Shapes(entry, _images[image]));
        }
        return new AnnotatedImage(_images[image].Name, _images[image].Width, _images[image].Height, [.. crowds, .. shapes]) { Source = _path };
    }

    private void Index(SafeFileHandle file)
    {
        using var stream = new FileStream(file, FileAccess.Read, 0);
        new JsonParts(stream, _path).Visit((property, isItem, part, offset) =>
        {
            switch (property)
            {
                case "images" when isItem:
                    using (JsonDocument image = AnnotationFile.Parse(part.ToArray(), _path))
                    {
                        AddImage(new JsonField(image.RootElement, _path, $"images[{_images.Count}]"));
                    }
                    break;
                case "categories" when isItem:
                    using (JsonDocument category = AnnotationFile.Parse(part.ToArray(), _path))
                    {
                        AddCategory(new JsonField(category.RootElement, _path, $"categories[{_categories.Count}]"));
                    }
                    break;
                case "annotations" when isItem:
                    _entries.Add((ImageIdOf(part, _entries.Count), offset, part.Length));
                    break;
            }
            return true;
        });
        foreach ((long image, _, _) in _entries)
        {
            if (!_imageOf.ContainsKey(image))
            {
                throw Bad($"has an annotation of the image {image}, which is not in its list of images");
            }
        }
        // By image, and within an image in the file's order.
        _entries.Sort((a, b) => (_imageOf[a.Image], a.Offset).CompareTo((_imageOf[b.Image], b.Offset)));
        _first = new int[_images.Count + 1];
        foreach ((long image, _, _) in _entries)
        {
            _first[_imageOf[image] + 1]++;
        }
        for (int i = 0; i < _images.Count; i++)
        {
            _first[i + 1] += _first[i];
        }
    }

    private void AddCategory(JsonField entry)
    {
        long id = entry["id"].Whole("ids");
        if (!_categories.TryAdd(id, entry["name"].Text()))
        {
            throw Bad($"has the category id {id} twice");
        }
    }

    private void AddImage(JsonField entry)
    {
        long id = entry["id"].Whole("ids");
        var image = new ImageEntry(entry["file_name"].Text(), entry["width"].Side(), entry["height"].Side());
        if (!_imageOf.TryAdd(id, _images.Count))
        {
            throw Bad($"has the image id {id} twice");
        }
        AnnotatedImage.CheckSize(image.Width, image.Height, $"{_path} ({image.Name})");
        _images.Add(image);
    }

    private long ImageIdOf(ReadOnlySpan<byte> annotation, int index)
    {
        // Only this number is wanted now: building a document of each would take most of the first pass.
        var reader = new Utf8JsonReader(annotation);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool wanted = reader.ValueTextEquals("image_id"u8);
                reader.Read();
                if (wanted)
                {
                    return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long id)
                        ? id
                        : throw Bad($"has an annotations[{index}].image_id that is not a whole number");
                }
                reader.Skip();
            }
        }
        throw Bad($"has no annotations[{index}].image_id");
    }

    private JsonDocument ReadEntry(SafeFileHandle file, long offset, int length)
    {
        var text = new byte[length];
        for (int read = 0; read < length;)
        {
            int count = RandomAccess.Read(file, text.AsSpan(read), offset + read);
            if (count == 0)
            {
                throw Bad("was cut short while it was read");
            }
            read += count;
        }
        return AnnotationFile.Parse(text, _path);
    }

    private IEnumerable<AnnotationShape> Shapes(JsonField entry, ImageEntry image)
    {
        long category = entry["category_id"].Whole("ids");
        if (!_categories.TryGetValue(category, out string? name))
        {
            throw Bad($"has the category_id {category} ({entry.Place}), which is not in its list of categories");
        }
        if (entry.Optional("segmentation") is not { } segmentation || (segmentation.IsArray && segmentation.Count == 0))
        {
            throw entry.Bad($"has a \"{name}\" without a segmentation ({entry.Place})", "give it one, or delete it: a box says nothing of pixels");
        }
        return segmentation.IsArray ? segmentation.Items().Select(p => Polygon(name, p)) : [Runs(name, segmentation, image)];
    }

    private static PolygonShape Polygon(string name, JsonField numbers)
    {
        double[] values = [.. numbers.Items().Select(n => n.Number())];
        if (values.Length % 2 != 0)
        {
            throw numbers.Bad($"has a polygon of {values.Length} numbers ({numbers.Place}, \"{name}\"), where x and y make pairs");
        }
        return new PolygonShape(name, [.. Enumerable.Range(0, values.Length / 2).Select(i => new AnnotationPoint(values[2 * i], values[2 * i + 1]))]);
    }

    private static RunLengthShape Runs(string name, JsonField segmentation, ImageEntry image)
    {
        JsonField size = segmentation["size"], counts = segmentation["counts"];
        int[] sides = [.. size.Items().Select(s => s.Side())];
        if (sides.Length != 2 || sides[0] != image.Height || sides[1] != image.Width)
        {
            throw size.Bad($"has run lengths for another size than the image's {image.Width}x{image.Height} ({size.Place}, \"{name}\")");
        }
        IReadOnlyList<long>? runs = counts.IsText ? RunLengths.Parse(counts.Text()) : [.. counts.Items().Select(c => c.Whole("pixels"))];
        var shape = new RunLengthShape(name, 0, 0, image.Width, image.Height, runs ?? []) { ByColumns = true };
        return shape.FillsBox()
            ? shape
            : throw counts.Bad($"has run lengths that do not fill the image's {image.Width}x{image.Height} pixels ({counts.Place}, \"{name}\")");
    }

    private AnnotationFormatException Bad(string fault) => new(_path, fault, "export it again or correct it");

    private sealed record ImageEntry(string Name, int Width, int Height);
}
