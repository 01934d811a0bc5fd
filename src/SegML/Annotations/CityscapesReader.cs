using System.Text.Json;

namespace SegML.Annotations;

/// <summary>
/// Reads Cityscapes' polygon JSON (github.com/mcordts/cityscapesScripts, <c>*_gtFine_polygons.json</c>): <c>imgWidth</c>,
/// <c>imgHeight</c> and <c>objects</c> in drawing order, each with a <c>label</c> and a <c>polygon</c>. As in
/// <c>json2labelImg</c>, deleted objects are left out and a group ("cargroup") counts as its class; outlines belong to
/// their polygons, and coordinates name pixels.
/// </summary>
internal static class CityscapesReader
{
    private const string Group = "group";

    private static readonly string[] _suffixes = [".json", "_polygons", "_gtFine", "_gtCoarse"];

    /// <summary>Whether a file looks like one.</summary>
    public static bool Recognises(JsonField root) => root.Optional("imgWidth") is not null && root.Optional("objects") is not null;

    /// <summary>Reads it.</summary>
    /// <exception cref="AnnotationFormatException">Something is missing or of the wrong type.</exception>
    public static AnnotatedImage Read(JsonField root)
    {
        (int width, int height) = (root["imgWidth"].Side(), root["imgHeight"].Side());
        List<AnnotationShape> shapes = [.. root["objects"].Items().Where(o => !Deleted(o)).Select(Shape)];
        string name = Path.GetFileName(root.Source);
        foreach (string suffix in _suffixes)
        {
            name = name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? name[..^suffix.Length] : name;
        }
        return new AnnotatedImage(name, width, height, shapes) { Source = root.Source };
    }

    // 0 or 1 in the files of the data set, true or false in what newer tools write.
    private static bool Deleted(JsonField item) => item.Optional("deleted") is { } deleted
        && (deleted.Element.ValueKind == JsonValueKind.True || (deleted.IsNumber && deleted.Number() != 0));

    private static PolygonShape Shape(JsonField item)
    {
        string label = item["label"].Text();
        string name = label.EndsWith(Group, StringComparison.Ordinal) && label.Length > Group.Length ? label[..^Group.Length] : label;
        return new PolygonShape(name, [.. item["polygon"].Points().Select(p => new AnnotationPoint(p.X + 0.5, p.Y + 0.5))]) { Outlined = true };
    }
}
