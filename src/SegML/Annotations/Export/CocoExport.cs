using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>COCO object JSON: one file, polygons along the pixels' edges.</summary>
internal sealed class CocoExport : AnnotationExport
{
    public override string Name => "coco";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, "annotations.json")];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        string path = Path.Combine(folder, "annotations.json");
        InstanceOptions? options = instances;
        CocoWriter.Write(path, Checked(masks, classes => options ??= new InstanceOptions
        {
            Classes = [.. classes.Names.Where(n => !n.Equals("background", StringComparison.OrdinalIgnoreCase))],
        }), () => new CocoOptions { Instances = options });
        return path;
    }
}
