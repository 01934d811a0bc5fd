using SegML.Images;
using SegML.Masks;

namespace SegML.Annotations.Formats;

/// <summary>
/// The segments of COCO's panoptic PNGs: a pixel's id is R + 256 G + 65536 B, and <c>segments_info</c> gives each id's category. The
/// PNGs are in a folder called like the JSON file, next to it.
/// </summary>
internal static class CocoPanoptic
{
    /// <summary>Adds an image's segments.</summary>
    public static void Add(ShapeList shapes, JsonField entry, JsonField segments, Dictionary<long, string> categories, (string Path, int Width, int Height) image)
    {
        var names = new Dictionary<long, string>();
        foreach (JsonField segment in segments.Items())
        {
            shapes.Add(() =>
            {
                names[segment["id"].Whole("ids")] = categories.TryGetValue(segment["category_id"].Whole("ids"), out string? name) ? name
                    : throw segment.Bad($"has the category_id {segment["category_id"].Element} ({segment.Place}), which is not in its list of categories",
                        kind: AnnotationFaultKind.UnknownClass);
                return [];
            });
        }
        shapes.Add(() => Segments(Read(entry, image), names, entry, image));
    }

    private static RawMask Read(JsonField entry, (string Path, int Width, int Height) image)
    {
        string file = entry["file_name"].Text(), folder = Path.GetDirectoryName(Path.GetFullPath(image.Path))!;
        string[] places = [Path.Combine(folder, Path.GetFileNameWithoutExtension(image.Path), file), Path.Combine(folder, file), Path.Combine(folder, "panoptic", file)];
        string png = places.FirstOrDefault(File.Exists)
            ?? throw entry.Bad($"names the panoptic PNG {file}, which is not in {Path.GetDirectoryName(places[0])} or {folder}", "put the PNGs there");
        try
        {
            RawMask mask = MaskFile.ReadRaw(png);
            return (mask.Width, mask.Height) == (image.Width, image.Height) ? mask
                : throw entry.Bad($"has the panoptic PNG {png} of {mask.Width}x{mask.Height} for an image of {image.Width}x{image.Height}");
        }
        catch (MaskFormatException e)
        {
            throw new AnnotationFormatException(entry.Source, $"has the panoptic PNG {png}, which {e.Fault}", e.Fix, e);
        }
    }

    private static IEnumerable<AnnotationShape> Segments(RawMask mask, Dictionary<long, string> names, JsonField entry, (string Path, int Width, int Height) image)
    {
        var runs = new Dictionary<int, List<long>>();
        var ends = new Dictionary<int, long>();
        long all = (long)mask.Width * mask.Height;
        for (int start = 0; start < all;)
        {
            int id = IdOf(mask[start], mask.IsColor), end = start + 1;
            while (end < all && IdOf(mask[end], mask.IsColor) == id)
            {
                end++;
            }
            // Id 0 is what no segment covers.
            if (id != 0)
            {
                if (!runs.TryGetValue(id, out List<long>? own))
                {
                    runs[id] = own = [];
                }
                own.Add(start - ends.GetValueOrDefault(id));
                own.Add(end - start);
                ends[id] = end;
            }
            start = end;
        }
        foreach ((int id, List<long> own) in runs)
        {
            if (!names.TryGetValue(id, out string? name))
            {
                throw entry.Bad($"has a panoptic PNG with the segment {id}, which segments_info does not list ({entry.Place})");
            }
            own.Add(all - ends[id]);
            yield return new RunLengthShape(name, 0, 0, image.Width, image.Height, own) { Id = $"segment {id}" };
        }
    }

    private static int IdOf(int value, bool isColor) => isColor ? (value >> 16) | (value & 0xFF00) | ((value & 0xFF) << 16) : value;
}
