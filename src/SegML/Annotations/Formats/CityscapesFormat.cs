using System.Text.Json;

namespace SegML.Annotations.Formats;

/// <summary>
/// Cityscapes' polygon JSON (github.com/mcordts/cityscapesScripts, <c>*_gtFine_polygons.json</c>): <c>imgWidth</c>,
/// <c>imgHeight</c> and <c>objects</c> in drawing order, each with a <c>label</c> and a <c>polygon</c>. As in
/// <c>json2labelImg</c>, deleted objects are left out and a group ("cargroup") counts as its class; polygons are filled as Pillow
/// does (<see cref="PolygonRule.Rounded"/>), outlines are not drawn, and coordinates name pixels.
/// </summary>
internal sealed class CityscapesFormat : JsonImageFormat
{
    private const string Group = "group";

    private static readonly string[] _suffixes = [".json", "_polygons", "_gtFine", "_gtCoarse"];

    public override string Name => "Cityscapes JSON";

    protected override bool Recognises(JsonOutline json) => json.Has("imgWidth") && json.HasArray("objects");

    protected override AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        (int width, int height) = (root["imgWidth"].Side(), root["imgHeight"].Side());
        var shapes = new ShapeList(root.Source);
        foreach (JsonField item in root["objects"].Items())
        {
            shapes.Add(() => Deleted(item) ? [] : [Shape(item)]);
        }
        string name = Path.GetFileName(root.Source);
        foreach (string suffix in _suffixes)
        {
            name = name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? name[..^suffix.Length] : name;
        }
        return shapes.ToImage(name, width, height);
    }

    // 0 or 1 in the files of the data set, true or false in what newer tools write.
    private static bool Deleted(JsonField item) => item.Optional("deleted") is { } deleted
        && (deleted.Element.ValueKind == JsonValueKind.True || (deleted.IsNumber && deleted.Number() != 0));

    private static PolygonShape Shape(JsonField item)
    {
        string label = item["label"].Text();
        string name = label.EndsWith(Group, StringComparison.Ordinal) && label.Length > Group.Length ? label[..^Group.Length] : label;
        return new PolygonShape(name, [.. item["polygon"].Points().Select(p => new AnnotationPoint(Math.Truncate(p.X) + 0.5, Math.Truncate(p.Y) + 0.5))]) { Rule = PolygonRule.Rounded };
    }
}
