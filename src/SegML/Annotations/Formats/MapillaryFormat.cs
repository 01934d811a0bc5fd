namespace SegML.Annotations.Formats;

/// <summary>
/// Mapillary Vistas' polygon JSON (mapillary.com/dataset/vistas): one file an image, named after it, with <c>width</c>, <c>height</c> and
/// <c>objects</c> of a <c>label</c> and a <c>polygon</c>, drawn in the file's order.
/// </summary>
internal sealed class MapillaryFormat : JsonImageFormat
{
    public override string Name => "Mapillary JSON";

    // Some exporters spell it "heigth".
    protected override bool Recognises(JsonOutline json) => json.Has("width") && (json.Has("height") || json.Has("heigth")) && json.Holds("objects", "polygon");

    protected override AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        (int width, int height) = (root["width"].Side(), (root.Optional("height") ?? root["heigth"]).Side());
        AnnotatedImage.CheckSize(width, height, root.Source);
        var shapes = new ShapeList(root.Source);
        foreach (JsonField item in root["objects"].Items())
        {
            shapes.Add(() => [new PolygonShape(item["label"].Text(), Points(item["polygon"]))]);
        }
        return shapes.ToImage(Path.GetFileNameWithoutExtension(root.Source), width, height);
    }

    // Pairs, or numbers in turn.
    private static List<AnnotationPoint> Points(JsonField polygon)
    {
        JsonField[] items = [.. polygon.Items()];
        if (items is [{ IsArray: true } only] && only.Count != 2)
        {
            items = [.. only.Items()];
        }
        return items.Length > 0 && items[0].IsArray ? polygon.Points()
            : items.Length % 2 == 0 ? [.. items.Chunk(2).Select(p => new AnnotationPoint(p[0].Number(), p[1].Number()))]
            : throw polygon.Bad($"has {items.Length} numbers for points ({polygon.Place})");
    }
}
