namespace SegML.Annotations.Formats;

/// <summary>
/// SA-1B's JSON (segment-anything.com): one file an image, with <c>image</c> and <c>annotations</c> whose <c>segmentation</c> is run lengths
/// as COCO's. It has no classes: all are called "object".
/// </summary>
internal sealed class SegmentAnythingFormat : JsonImageFormat
{
    public const string ClassName = "object";

    public override string Name => "SA-1B JSON";

    protected override bool Recognises(JsonOutline json) => json.Holds("image", "file_name") && json.HasArray("annotations");

    protected override AnnotatedImage Read(JsonField root, AnnotationOptions options)
    {
        JsonField image = root["image"];
        (int width, int height) = (image["width"].Side(), image["height"].Side());
        AnnotatedImage.CheckSize(width, height, root.Source);
        var shapes = new ShapeList(root.Source);
        foreach (JsonField annotation in root["annotations"].Items())
        {
            string id = annotation.Optional("id") is { } own ? $"annotation {own.Element}" : annotation.Place;
            shapes.Add(() => [CocoIndex.RunLengthsOf(ClassName, annotation["segmentation"], width, height) with { Id = id }]);
        }
        return shapes.ToImage(image["file_name"].Text(), width, height);
    }
}
