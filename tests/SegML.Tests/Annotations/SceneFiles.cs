using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

/// <summary>One drawn scene, written in every annotation format by the rules of that format's page.</summary>
internal static class SceneFiles
{
    public const int Width = 61, Height = 43;

    /// <summary>Names, and corners that name pixels.</summary>
    public static readonly (string Class, (int X, int Y)[] Corners)[] Shapes =
    [
        ("road", [(2, 40), (20, 18), (38, 19), (58, 41)]),
        ("tree", [(40, 2), (55, 6), (50, 25), (44, 12), (37, 22)]),
        ("car", [(22, 24), (33, 24), (35, 33), (20, 33)]),
    ];

    /// <summary>The formats that <see cref="Write"/> knows.</summary>
    public static IEnumerable<object[]> Formats =>
        from format in new[] { "supervisely", "supervisely-bitmap", "labelme", "labelme-mask", "coco", "coco-rle", "coco-compressed", "cvat", "cvat-mask", "cityscapes", "yolo",
            "panoptic", "labelstudio", "labelstudio-min", "labelstudio-brush", "via", "via-csv", "datumaro", "datumaro-mask", "mapillary", "voc-xml", "labelme-xml" }
        select new object[] { format };

    /// <summary>The scene's mask, by a rule so plain that it can be checked by eye: the even-odd test at each pixel's centre, outline included.</summary>
    public static SegmentationMask Mask()
    {
        var mask = new SegmentationMask(Width, Height, TestMasks.Classes);
        foreach ((string name, (int X, int Y)[] corners) in Shapes)
        {
            TestMasks.Classes.TryFromName(name, out byte id);
            byte[] covered = Covered(corners);
            for (int i = 0; i < covered.Length; i++)
            {
                mask.Ids[i] = covered[i] != 0 ? id : mask.Ids[i];
            }
        }
        return mask;
    }

    /// <summary>Writes it.</summary>
    /// <returns>The file's path.</returns>
    public static string Write(TemporaryFolder folder, string format)
    {
        string path = folder.File(format.StartsWith("cvat", StringComparison.Ordinal) || format.EndsWith("-xml", StringComparison.Ordinal) ? "a.xml"
            : format == "yolo" ? "a.txt" : format == "via-csv" ? "a.csv" : "a.json");
        if (format == "panoptic")
        {
            OtherFormats.WritePanopticPng(folder.File("a/ids.png"));
        }
        if (format is "yolo" or "via" or "via-csv")
        {
            using var image = new RgbaImage(Width, Height);
            ImageFile.Write(folder.File("a.png"), image);
            File.WriteAllText(folder.File("data.yaml"), "train: images\nnames: [sky, road, car, tree]\n");
        }
        File.WriteAllText(path, format switch
        {
            "supervisely" or "supervisely-bitmap" => Supervisely(format),
            "labelme" or "labelme-mask" => LabelMe(format),
            "cityscapes" => Cityscapes(),
            "cvat" or "cvat-mask" => Cvat(format),
            "yolo" => Yolo(),
            "coco" or "coco-rle" or "coco-compressed" => Coco(format),
            _ => OtherFormats.Text(format),
        });
        return path;
    }

    private static string Supervisely(string format) => JsonSerializer.Serialize(new
    {
        description = "",
        tags = Array.Empty<string>(),
        size = new { height = Height, width = Width },
        objects = Shapes.Select(s => format == "supervisely"
            ? (object)new { classTitle = s.Class, geometryType = "polygon", points = new { exterior = Pairs(s.Corners, 0), interior = Array.Empty<int>() } }
            : new { classTitle = s.Class, geometryType = "bitmap", bitmap = new { data = Convert.ToBase64String(Deflated(Png(Covered(s.Corners)))), origin = new[] { 0, 0 } } }),
    });

    private static string LabelMe(string format) => JsonSerializer.Serialize(new
    {
        version = "5.4.1",
        flags = new { },
        imagePath = "..\\frames\\a.png",
        imageData = (string?)null,
        imageHeight = Height,
        imageWidth = Width,
        shapes = Shapes.Select(s => format == "labelme"
            ? (object)new { label = s.Class, points = Pairs(s.Corners, 0.4), shape_type = "polygon", flags = new { } }
            : new { label = s.Class, points = new[] { new[] { 0, 0 }, [Width - 1, Height - 1] }, shape_type = "mask", mask = Convert.ToBase64String(Png(Covered(s.Corners))) }),
    });

    private static string Cityscapes() => JsonSerializer.Serialize(new
    {
        imgHeight = Height,
        imgWidth = Width,
        objects = Shapes.Select(s => new { label = s.Class == "car" ? "cargroup" : s.Class, polygon = Pairs(s.Corners, 0), deleted = 0 })
            .Append(new { label = "sky", polygon = Pairs([(0, 0), (60, 0), (60, 42)], 0), deleted = 1 }),
    });

    private static string Coco(string format) => JsonSerializer.Serialize(new
    {
        info = new { year = 2026 },
        images = new[] { new { id = 7, width = Width, height = Height, file_name = "a.png" } },
        annotations = Shapes.Select((s, i) => new
        {
            id = i,
            image_id = 7,
            category_id = 10 + Array.IndexOf(["road", "car", "tree"], s.Class),
            iscrowd = format == "coco" ? 0 : 1,
            segmentation = format switch
            {
                "coco" => (object)new[] { Pairs(s.Corners, 0.5).SelectMany(p => p) },
                "coco-rle" => new { size = new[] { Height, Width }, counts = (object)Runs(Covered(s.Corners), columns: true) },
                _ => new { size = new[] { Height, Width }, counts = (object)Compressed(Runs(Covered(s.Corners), columns: true)) },
            },
        }),
        categories = new[] { new { id = 10, name = "road" }, new { id = 11, name = "car" }, new { id = 12, name = "tree" } },
    });

    private static string Cvat(string format)
    {
        // Written in reverse, so that only z_order gets the drawing order right.
        IEnumerable<string> shapes = Shapes.Select((s, i) => format == "cvat"
            ? $"<polygon label=\"{s.Class}\" occluded=\"0\" points=\"{string.Join(';', Pairs(s.Corners, 0.5).Select(p => FormattableString.Invariant($"{p[0]},{p[1]}")))}\" z_order=\"{i}\"/>"
            : $"<mask label=\"{s.Class}\" rle=\"{string.Join(", ", Runs(Covered(s.Corners), columns: false))}\" left=\"0\" top=\"0\" width=\"{Width}\" height=\"{Height}\" z_order=\"{i}\"/>").Reverse();
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <annotations><version>1.1</version><meta><task><name>t</name></task></meta>
              <image id="0" name="a.png" width="{Width}" height="{Height}"><tag label="day"/>{string.Concat(shapes)}</image>
            </annotations>
            """;
    }

    private static string Yolo() => string.Concat(Shapes.Select(s =>
        (TestMasks.Classes.TryFromName(s.Class, out byte id) ? id : -1).ToString(CultureInfo.InvariantCulture)
        + string.Concat(s.Corners.Select(p => FormattableString.Invariant($" {(p.X + 0.3) / Width:F8} {(p.Y + 0.3) / Height:F8}"))) + "\n"));

    internal static double[][] Pairs((int X, int Y)[] corners, double offset) => [.. corners.Select(c => new[] { c.X + offset, c.Y + offset })];

    internal static byte[] Covered((int X, int Y)[] corners)
    {
        var covered = new byte[Width * Height];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                covered[y * Width + x] = Covers(corners, x, y) ? (byte)1 : (byte)0;
            }
        }
        return covered;
    }

    private static bool Covers((int X, int Y)[] corners, int x, int y)
    {
        bool inside = false;
        for (int i = 0; i < corners.Length; i++)
        {
            (int x1, int y1) = corners[i];
            (int x2, int y2) = corners[(i + 1) % corners.Length];
            int side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
            if (side == 0 && x >= Math.Min(x1, x2) && x <= Math.Max(x1, x2) && y >= Math.Min(y1, y2) && y <= Math.Max(y1, y2))
            {
                return true;
            }
            inside ^= y1 > y != y2 > y && (side < 0 == y2 > y1);
        }
        return inside;
    }

    internal static List<int> Runs(byte[] covered, bool columns)
    {
        var runs = new List<int> { 0 };
        byte value = 0;
        for (int i = 0; i < covered.Length; i++)
        {
            byte pixel = columns ? covered[i % Height * Width + i / Height] : covered[i];
            if (pixel != value)
            {
                runs.Add(0);
                value = pixel;
            }
            runs[^1]++;
        }
        return runs;
    }

    // Only numbers from 0 to 15 and their negatives need one letter; this writes any in as many as it takes.
    internal static string Compressed(List<int> runs)
    {
        string text = "";
        for (int i = 0; i < runs.Count; i++)
        {
            int value = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            while (true)
            {
                int low = value & 31;
                value >>= 5;
                bool last = (value == 0 && low < 16) || (value == -1 && low >= 16);
                text += (char)('0' + low + (last ? 0 : 32));
                if (last)
                {
                    break;
                }
            }
        }
        return text;
    }

    private static byte[] Png(byte[] covered)
    {
        using var image = new RgbaImage(Width, Height);
        for (int i = 0; i < covered.Length; i++)
        {
            image.Pixels.Slice(4 * i, 4).Fill(covered[i] != 0 ? (byte)255 : (byte)0);
            image.Pixels[4 * i + 3] = 255;
        }
        return ImageFile.EncodePng(image);
    }

    private static byte[] Deflated(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var zlib = new ZLibStream(result, CompressionLevel.Fastest))
        {
            zlib.Write(bytes);
        }
        return result.ToArray();
    }
}
