using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace SegML.Annotations.Formats;

/// <summary>
/// COCO's JSON (cocodataset.org, "Data format"): one file for many images, with <c>images</c>, <c>categories</c> and
/// <c>annotations</c>. An annotation's <c>segmentation</c> is a list of polygons or run lengths, compressed or not; in panoptic files
/// <c>segments_info</c> names the ids in a PNG. COCO has no drawing order: crowds are drawn first, for they lie around single objects,
/// then the others in the file's order, later over earlier. Coordinates are places with pixel centres at halves, as in pycocotools.
/// </summary>
/// <remarks>
/// Read in two passes: the first finds where each annotation is (24 bytes of memory each), the second reads the annotations of one
/// image at a time. So a file of any size can be read.
/// </remarks>
internal sealed class CocoFormat : AnnotationFormat
{
    public override string Name => "COCO JSON";

    public override bool HoldsManyImages => true;

    public override bool Recognises(AnnotationContent content) => content.Json is { IsArray: false } json && !json.Has("image")
        && (json.HasArray("images") || json.HasArray("categories") || json.Holds("annotations", "image_id"));

    public override AnnotationIndex Index(AnnotationContent content, AnnotationOptions options) => new CocoIndex(content.Path).Read(content.FromStart());
}

/// <summary>The places of a COCO file's annotations, and how one image's are read.</summary>
internal sealed class CocoIndex(string path)
{
    private readonly List<(string Name, int Width, int Height, AnnotationFormatException? Fault)> _images = [];
    private readonly List<long> _imageIds = [];
    private readonly Dictionary<long, int> _imageOf = [];
    private readonly Dictionary<long, string> _categories = [];
    private readonly List<AnnotationClass> _classes = [];
    private readonly Dictionary<string, long> _textIds = new(StringComparer.Ordinal);
    private readonly FaultCounts _faults = new();
    private readonly List<(long Image, long Offset, int Length)> _found = [];
    private (long Offset, int Length)[] _entries = [];
    private int[] _first = [0];

    /// <summary>Makes the first pass.</summary>
    /// <exception cref="AnnotationFormatException">The file is not JSON, or is truncated.</exception>
    public AnnotationIndex Read(Stream stream)
    {
        new JsonParts(stream, path).Visit((property, isItem, part, offset) =>
        {
            if (!isItem)
            {
                return true;
            }
            try
            {
                Take(property, part, offset);
            }
            catch (AnnotationFormatException e)
            {
                _faults.Add(e);
            }
            return true;
        });
        SortByImage();
        return new AnnotationIndex([.. Enumerable.Range(0, _images.Count).Select(Entry)]) { Classes = _classes, Faults = _faults.All };
    }

    private AnnotationEntry Entry(int image) => new(_images[image].Name, _ => Read(image))
    {
        Id = _imageIds[image].ToString(CultureInfo.InvariantCulture),
        IsBare = _first[image] == _first[image + 1],
    };

    private void Take(string property, ReadOnlySpan<byte> part, long offset)
    {
        switch (property)
        {
            case "images":
                using (JsonDocument image = JsonText.Parse(part.ToArray(), path))
                {
                    AddImage(new JsonField(image.RootElement, path, $"images[{_images.Count}]"));
                }
                break;
            case "categories":
                using (JsonDocument category = JsonText.Parse(part.ToArray(), path))
                {
                    AddCategory(new JsonField(category.RootElement, path, $"categories[{_classes.Count}]"));
                }
                break;
            case "annotations":
                _found.Add((ImageIdOf(part, _found.Count), offset, part.Length));
                break;
        }
    }

    private void AddCategory(JsonField entry)
    {
        string name = entry["name"].Text();
        if (!_categories.TryAdd(IdOf(entry["id"]), name))
        {
            throw entry.Bad($"has the category id {entry["id"].Element} twice");
        }
        _classes.Add(new AnnotationClass(name, entry.Optional("color") is { } color ? color.Color() : null));
    }

    private void AddImage(JsonField entry)
    {
        long id = IdOf(entry["id"]);
        string name = entry["file_name"].Text();
        if (!_imageOf.TryAdd(id, _images.Count))
        {
            throw entry.Bad($"has the image id {entry["id"].Element} twice");
        }
        _imageIds.Add(id);
        try
        {
            (int width, int height) = (entry["width"].Side(), entry["height"].Side());
            AnnotatedImage.CheckSize(width, height, SourceOf(name));
            _images.Add((name, width, height, null));
        }
        catch (AnnotationFormatException e)
        {
            _images.Add((name, 0, 0, e));
        }
    }

    // Whole numbers, but some tools write texts: numbers in quotes, or names.
    private long IdOf(JsonField id) => id.IsText ? IdOf(id.Text()) : id.Whole("ids");

    private long IdOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            return number;
        }
        if (!_textIds.TryGetValue(text, out long id))
        {
            id = long.MinValue + _textIds.Count;
            _textIds.Add(text, id);
        }
        return id;
    }

    private long ImageIdOf(ReadOnlySpan<byte> annotation, int index)
    {
        // Only this number is wanted now: building a document of each would take most of the first pass.
        var reader = new Utf8JsonReader(annotation, JsonText.ReaderOptions);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool wanted = reader.ValueTextEquals("image_id"u8);
                reader.Read();
                if (!wanted)
                {
                    reader.Skip();
                    continue;
                }
                return reader.TokenType switch
                {
                    JsonTokenType.Number when reader.TryGetInt64(out long id) => id,
                    JsonTokenType.Number when reader.GetDouble() is var id && id == Math.Floor(id) && Math.Abs(id) < 1L << 53 => (long)id,
                    JsonTokenType.String => IdOf(reader.GetString()!),
                    _ => throw Bad($"has an annotations[{index}].image_id that is not a whole number"),
                };
            }
        }
        throw Bad($"has no annotations[{index}].image_id");
    }

    /// <summary>Sorts the annotations by image, and within an image in the file's order, by counting.</summary>
    private void SortByImage()
    {
        _first = new int[_images.Count + 1];
        int listed = 0;
        foreach ((long image, _, _) in _found)
        {
            if (_imageOf.TryGetValue(image, out int index))
            {
                _first[index + 1]++;
                listed++;
            }
            else
            {
                _faults.Add(new AnnotationFormatException(path, $"has an annotation of the image {NameOf(image)}, which is not in its list of images",
                    "export it again or correct it")
                { Kind = AnnotationFaultKind.UnlistedImage });
            }
        }
        for (int i = 0; i < _images.Count; i++)
        {
            _first[i + 1] += _first[i];
        }
        int[] next = _first[..^1];
        _entries = new (long, int)[listed];
        foreach ((long image, long offset, int length) in _found)
        {
            if (_imageOf.TryGetValue(image, out int index))
            {
                _entries[next[index]++] = (offset, length);
            }
        }
        _found.Clear();
        _found.TrimExcess();
    }

    private string NameOf(long id) => _textIds.FirstOrDefault(t => t.Value == id).Key ?? id.ToString(CultureInfo.InvariantCulture);

    private AnnotatedImage Read(int image)
    {
        (string name, int width, int height, AnnotationFormatException? fault) = _images[image];
        if (fault is not null)
        {
            throw fault;
        }
        string source = SourceOf(name);
        var crowds = new ShapeList(source);
        var shapes = new ShapeList(source);
        using FileStream stream = AnnotationContent.OpenStream(path);
        SafeFileHandle file = stream.SafeFileHandle;
        for (int next = _first[image]; next < _first[image + 1]; next++)
        {
            using JsonDocument document = JsonText.ReadPart(file, path, _entries[next].Offset, _entries[next].Length);
            JsonElement root = document.RootElement;
            string id = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id", out JsonElement own) ? $"annotation {own}"
                : $"annotation {next - _first[image] + 1} of the image";
            var entry = new JsonField(root, source, id);
            bool crowd = JsonText.Unicode(source, () => entry.Optional("iscrowd") is { IsNumber: true } flag && flag.Number() != 0);
            if (entry.Optional("segments_info") is { } segments)
            {
                CocoPanoptic.Add(shapes, entry, segments, _categories, (path, width, height));
                continue;
            }
            (crowd ? crowds : shapes).Add(() => Shapes(entry, width, height));
        }
        AnnotatedImage crowded = crowds.ToImage(name, width, height), others = shapes.ToImage(name, width, height);
        return others with { Shapes = [.. crowded.Shapes, .. others.Shapes], Unusable = [.. crowded.Unusable, .. others.Unusable] };
    }

    private string SourceOf(string image) => $"{path} ({image})";

    private IEnumerable<AnnotationShape> Shapes(JsonField entry, int width, int height)
    {
        long category = IdOf(entry["category_id"]);
        if (!_categories.TryGetValue(category, out string? name))
        {
            throw entry.Bad($"has the category_id {entry["category_id"].Element} ({entry.Place}), which is not in its list of categories",
                kind: AnnotationFaultKind.UnknownClass);
        }
        if (entry.Optional("segmentation") is not { } segmentation || (segmentation.IsArray && segmentation.Count == 0))
        {
            throw WithoutShape(entry, name);
        }
        if (!segmentation.IsArray)
        {
            return [RunLengthsOf(name, segmentation, width, height) with { Id = entry.Place }];
        }
        // A list of polygons; some tools write a single one without the list.
        return segmentation.Items().First().IsNumber
            ? [Polygon(name, segmentation) with { Id = entry.Place }]
            : segmentation.Items().Select(p => Polygon(name, p) with { Id = entry.Place });
    }

    private static AnnotationFormatException WithoutShape(JsonField entry, string name)
    {
        (string what, AnnotationFaultKind kind) = entry.Optional("keypoints") is { IsArray: true, Count: > 0 } ? ("keypoints only", AnnotationFaultKind.Keypoints)
            : entry.Optional("bbox") is { IsArray: true, Count: > 0 } ? ("a bounding box only", AnnotationFaultKind.BoxOnly)
            : ("an empty segmentation", AnnotationFaultKind.Empty);
        return entry.Bad($"has a \"{name}\" without a segmentation ({entry.Place} has {what})", "give it a polygon or mask, or delete it", kind);
    }

    private static PolygonShape Polygon(string name, JsonField numbers)
    {
        double[] values = [.. numbers.Items().Select(n => n.Number())];
        return values.Length % 2 == 0
            ? new PolygonShape(name, [.. Enumerable.Range(0, values.Length / 2).Select(i => new AnnotationPoint(values[2 * i], values[2 * i + 1]))]) { Rule = PolygonRule.Fifths }
            : throw numbers.Bad($"has a polygon of {values.Length} numbers ({numbers.Place}, \"{name}\"), where x and y make pairs");
    }

    /// <summary>COCO's run lengths, as several formats have them.</summary>
    /// <exception cref="AnnotationFormatException">They are not, or not of the image's size.</exception>
    internal static RunLengthShape RunLengthsOf(string name, JsonField segmentation, int width, int height)
    {
        JsonField size = segmentation["size"], counts = segmentation["counts"];
        int[] sides = [.. size.Items().Select(s => s.Side())];
        if (sides.Length != 2 || sides[0] != height || sides[1] != width)
        {
            throw size.Bad($"has run lengths for another size than the image's {width}x{height} ({size.Place}, \"{name}\")");
        }
        IReadOnlyList<long>? runs = counts.IsText ? RunLengths.Parse(counts.Text()) : [.. counts.Items().Select(c => c.Whole("pixels"))];
        var shape = new RunLengthShape(name, 0, 0, width, height, runs ?? []) { ByColumns = true };
        return shape.FillsBox()
            ? shape
            : throw counts.Bad($"has run lengths that do not fill the image's {width}x{height} pixels ({counts.Place}, \"{name}\")");
    }

    private AnnotationFormatException Bad(string fault) => new(path, fault, "export it again or correct it");
}
