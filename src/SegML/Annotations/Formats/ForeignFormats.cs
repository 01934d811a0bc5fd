using System.Text;

namespace SegML.Annotations.Formats;

/// <summary>Files that are not read, called by their name, with what to do instead.</summary>
internal static class ForeignFormats
{
    private const string Polygons = "export polygons or masks instead, such as COCO instances, CVAT for images or LabelMe";

    private static readonly (Func<AnnotationContent, JsonOutline, bool> Is, string Name, string Fix)[] _json =
    [
        ((_, j) => j.ItemHolds("image") && j.ItemHolds("annotations"), "CreateML JSON, which holds boxes", Polygons),
        ((_, j) => j.Has("assets") && (j.Has("tags") || j.Has("videoSettings")), "a VoTT project", Polygons),
        ((_, j) => j.ItemHolds("Labeled Data") || j.ItemHolds("data_row") || j.Has("data_row"), "a Labelbox export", Polygons),
        ((_, j) => j.ItemHolds("label_hash") || j.ItemHolds("data_units"), "an Encord export", Polygons),
        ((_, j) => j.Has("item") && j.HasArray("annotations"), "Darwin JSON of V7", Polygons),
        ((_, j) => j.ItemHolds("labels") && j.ItemHolds("name"), "BDD100K (Scalabel) JSON", "convert it to COCO with its own tools, or use its mask PNGs"),
        ((_, j) => j.Has("openlabel"), "OpenLABEL JSON", Polygons),
        ((_, j) => j.HasArray("features") && j.Has("type"), "GeoJSON", "rasterize it to mask PNGs, for example with gdal_rasterize"),
        ((_, j) => j.HasArray("label_classes"), "Hasty JSON", Polygons),
        ((_, j) => j.Has("classes") && j.Has("data"), "a SegML pipeline file, not annotations", "name the annotations"),
        ((_, j) => j.HasArray("classes") && j.Has("tags"), "a Supervisely project's meta.json, which holds classes only", "name the project's folder ann"),
        ((_, j) => j.HasArray("labels") && j.Has("mapping"), "a Mapillary configuration, which holds classes only", "name the folder of polygons or labels"),
        ((_, j) => j.HasObject("annotation"), "ADE20K JSON", "use the data set's _seg.png masks, with classes \"from\" colours of any blue such as \"#6ea2**\", or the release with masks of class ids (ADEChallengeData2016)"),
    ];

    /// <summary>What a file is that is no text, by its first bytes; null where it may be text.</summary>
    public static (string Fault, string Fix)? NotText(ReadOnlySpan<byte> start) => start switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] => ("is a zip archive", "unpack it and name what is in it, or give the archive to segml init"),
        [0x1F, 0x8B, ..] => ("is a gzip archive", "unpack it"),
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [not 0, 0, not 0, 0, ..] or [0, not 0, 0, not 0, ..] => ("is text in UTF-16", "save it as UTF-8"),
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] =>
            ("is an image, not annotations", "name the annotations; a folder of masks goes under \"masks\""),
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', ..] => ("is a PDF", "name the annotations"),
        _ => null,
    };

    /// <summary>The fault of a file that no format recognises.</summary>
    public static AnnotationFormatException Name(AnnotationContent content)
    {
        if (content.IsEmpty)
        {
            return new AnnotationFormatException(content.Path, "is empty", "copy it again from its source");
        }
        (string name, string fix) = content.Json is { } json
            ? _json.FirstOrDefault(f => f.Is(content, json)) is { Is: not null } known ? (known.Name, known.Fix) : ("JSON, but of no annotation format that is known", Known)
            : content.Start is [(byte)'<', ..] ? OfXml(content.XmlRoot)
            : OfText(Encoding.UTF8.GetString(content.Start));
        return new AnnotationFormatException(content.Path, $"is {name}", fix);
    }

    private static string Known => $"the formats are {AnnotationFormats.Names}";

    private static (string, string) OfXml(string? root) => root is null
        ? ("not valid XML, or is truncated", "export it again")
        : ($"XML with the root <{root}>, of no annotation format that is known", Known);

    private static (string, string) OfText(string start)
    {
        string line = start.Split(['\n', '\r'], 2)[0];
        return line switch
        {
            _ when line.StartsWith("ImageID", StringComparison.Ordinal) => ("CSV of Open Images", "use its mask PNGs"),
            _ when line.Contains("xmin", StringComparison.Ordinal) && line.Contains(',', StringComparison.Ordinal) => ("CSV of bounding boxes", Polygons),
            _ when line.StartsWith("imagesource:", StringComparison.Ordinal) => ("DOTA text, which holds boxes", Polygons),
            _ when line.Split(' ') is { Length: 15 or 16 } words && double.TryParse(words[1], out double _) => ("KITTI's object text, which holds boxes", "use its masks"),
            _ when line.Count(c => c == ',') >= 2 => ("CSV, of no annotation format that is known", Known),
            _ => ("text of no annotation format that is known", Known),
        };
    }
}
