using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Images;

namespace SegML.Tests.Annotations;

/// <summary>The scene of <see cref="SceneFiles"/> in formats of which people have files more rarely, by the rules of each format's page.</summary>
internal static class OtherFormats
{
    private const int Width = SceneFiles.Width, Height = SceneFiles.Height;

    public static string Text(string format) => format switch
    {
        "panoptic" => Panoptic(),
        "labelstudio" => JsonSerializer.Serialize(new[] { new { id = 3, data = new { image = "/data/upload/4/0a1b2c3d-a.png" }, annotations = new[] { new { id = 1, was_cancelled = false, result = Regions(brush: false) } } } }).Replace("0a1b2c3d-", ""),
        "labelstudio-brush" => JsonSerializer.Serialize(new[] { new { id = 3, data = new { image = "s3://bucket/a.png?x=1" }, annotations = new[] { new { id = 1, was_cancelled = false, result = Regions(brush: true) } } } }),
        "labelstudio-min" => JsonSerializer.Serialize(new[] { new { id = 3, image = "/data/local-files/?d=a.png", annotation_id = 4, lead_time = 2.5, label = Regions(brush: false).Select(Bare) } }),
        "via" => JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["_via_settings"] = new { },
            ["_via_img_metadata"] = new Dictionary<string, object>
            {
                ["a.png123"] = new { filename = "a.png", size = 123, regions = SceneFiles.Shapes.Select(s => new { shape_attributes = ViaShape(s.Corners), region_attributes = new { label = s.Class, other = "x" } }) },
            },
        }),
        "via-csv" => "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n" + string.Concat(SceneFiles.Shapes.Select((s, i) =>
            $"a.png,123,\"{{}}\",3,{i},{Quoted(ViaShape(s.Corners))},{Quoted(new { type = new Dictionary<string, bool> { [s.Class] = true } })}\n")),
        "datumaro" or "datumaro-mask" => Datumaro(format),
        "mapillary" => JsonSerializer.Serialize(new { width = Width, height = Height, objects = SceneFiles.Shapes.Select((s, i) => new { id = i, label = s.Class, polygon = SceneFiles.Pairs(s.Corners, 0.5) }) }),
        "voc-xml" => $"<annotation><filename>a.png</filename><size><width>{Width}</width><height>{Height}</height><depth>3</depth></size>"
            + string.Concat(SceneFiles.Shapes.Select(s => $"<object><name>{s.Class}</name><bndbox><xmin>1</xmin></bndbox><polygon>"
                + string.Concat(SceneFiles.Pairs(s.Corners, 0.5).Select((p, i) => FormattableString.Invariant($"<x{i + 1}>{p[0]}</x{i + 1}><y{i + 1}>{p[1]}</y{i + 1}>"))) + "</polygon></object>")) + "</annotation>",
        "labelme-xml" => "<annotation><filename>a.png</filename><object><name>car</name><deleted>1</deleted></object>"
            + string.Concat(SceneFiles.Shapes.Select(s => $"<object><name>{s.Class}</name><deleted>0</deleted><polygon><username>me</username>"
                + string.Concat(SceneFiles.Pairs(s.Corners, 0.5).Select(p => FormattableString.Invariant($"<pt><x>{p[0]}</x><y>{p[1]}</y></pt>"))) + "</polygon></object>"))
            + $"<imagesize><nrows>{Height}</nrows><ncols>{Width}</ncols></imagesize></annotation>",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "is no format"),
    };

    /// <summary>Ids above 255, so that the second byte counts: 300, 301 and 302 by class.</summary>
    public static void WritePanopticPng(string path)
    {
        using var image = new RgbaImage(Width, Height);
        byte[] ids = SceneFiles.Mask().Ids.ToArray();
        for (int i = 0; i < ids.Length; i++)
        {
            int id = ids[i] == 0 ? 0 : 300 + ids[i];
            (image.Pixels[4 * i], image.Pixels[4 * i + 1], image.Pixels[4 * i + 2], image.Pixels[4 * i + 3]) = ((byte)(id & 255), (byte)(id >> 8), 0, 255);
        }
        ImageFile.Write(path, image);
    }

    private static string Panoptic() => JsonSerializer.Serialize(new
    {
        images = new[] { new { id = "a", width = Width, height = Height, file_name = "a.jpg" } },
        annotations = new[] { new { image_id = "a", file_name = "ids.png", segments_info = new[] { "road", "car", "tree" }.Select((_, i) => new { id = 301 + i, category_id = 11 + i, area = 5 }) } },
        categories = new[] { "road", "car", "tree" }.Select((name, i) => new { id = 11 + i, name, isthing = 0, color = new[] { 1, 2, 3 } }),
    });

    private static IEnumerable<object> Regions(bool brush) => SceneFiles.Shapes.Select((s, i) => brush
        ? (object)new
        {
            id = $"r{i}",
            type = "brushlabels",
            original_width = Width,
            original_height = Height,
            value = new { format = "rle", rle = Brush(SceneFiles.Covered(s.Corners)).Select(b => (int)b), brushlabels = new[] { s.Class } },
        }
        : new
        {
            id = $"r{i}",
            type = "polygonlabels",
            original_width = Width,
            original_height = Height,
            value = new { points = SceneFiles.Pairs(s.Corners, 0.5).Select(p => new[] { 100 * p[0] / Width, 100 * p[1] / Height }), closed = true, polygonlabels = new[] { s.Class } },
        });

    // JSON-MIN has what is in "value" on the region itself.
    private static JsonObject Bare(object region)
    {
        JsonObject json = JsonSerializer.SerializeToNode(region)!.AsObject();
        JsonObject value = json["value"]!.DeepClone().AsObject();
        value["original_width"] = Width;
        value["original_height"] = Height;
        return value;
    }

    /// <summary>Label Studio's run lengths: bits, most significant first; here bytes of 8 bits and one kind of length, of 16.</summary>
    private static byte[] Brush(byte[] covered)
    {
        var bits = new List<bool>();
        Put(4 * covered.Length, 32);
        Put(7, 5);
        foreach (int kind in (int[])[2, 3, 7, 15])
        {
            Put(kind, 4);
        }
        for (int start = 0; start < covered.Length;)
        {
            int end = start + 1;
            while (end < covered.Length && covered[end] == covered[start])
            {
                end++;
            }
            Put(1, 1);
            Put(3, 2);
            Put(4 * (end - start) - 1, 16);
            Put(covered[start] * 255, 8);
            start = end;
        }
        return [.. bits.Chunk(8).Select(chunk => (byte)chunk.Select((bit, i) => bit ? 128 >> i : 0).Sum())];

        void Put(long value, int count)
        {
            for (int i = count - 1; i >= 0; i--)
            {
                bits.Add((value >> i & 1) == 1);
            }
        }
    }

    private static object ViaShape((int X, int Y)[] corners) =>
        new { name = "polygon", all_points_x = corners.Select(c => c.X + 0.5), all_points_y = corners.Select(c => c.Y + 0.5) };

    private static string Quoted(object json) => $"\"{JsonSerializer.Serialize(json).Replace("\"", "\"\"")}\"";

    private static string Datumaro(string format) => JsonSerializer.Serialize(new
    {
        infos = new { },
        categories = new { label = new { labels = new[] { "road", "car", "tree" }.Select(name => new { name, parent = "" }) } },
        items = new[]
        {
            new
            {
                id = "a",
                // In reverse, so that only z_order gets the drawing order right.
                annotations = SceneFiles.Shapes.Select((s, i) => format == "datumaro"
                    ? (object)new { id = i, type = "polygon", label_id = Array.IndexOf(["road", "car", "tree"], s.Class), points = SceneFiles.Pairs(s.Corners, 0.5).SelectMany(p => p), z_order = i }
                    : new
                    {
                        id = i, type = "mask", label_id = Array.IndexOf(["road", "car", "tree"], s.Class), z_order = i,
                        rle = new { counts = SceneFiles.Compressed(SceneFiles.Runs(SceneFiles.Covered(s.Corners), columns: true)), size = new[] { Height, Width } },
                    }).Reverse().Append(new { id = 9, type = "label", label_id = 0 }),
                image = new { path = "a.jpg", size = new[] { Height, Width } },
            },
        },
    });
}
