using System.Text.Json;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>LabelMe's JSON: a file an image, to be put next to it; polygons through the outermost pixels, as LabelMe fills them.</summary>
internal sealed class LabelMeExport : AnnotationExport
{
    public override string Name => "labelme";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, Path.ChangeExtension(imageName, ".json"))];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        foreach ((string name, SegmentationMask mask) in Checked(masks, _ => { }))
        {
            AtomicFile.Write(Path.Combine(folder, Path.ChangeExtension(name, ".json")), stream => Write(stream, name, mask, instances));
        }
        return folder;
    }

    /// <summary>Writes one image's file to a stream.</summary>
    internal static void Write(Stream stream, string name, SegmentationMask mask, InstanceOptions? instances) => JsonSerializer.Serialize(stream, new
    {
        version = "5.4.1",
        flags = new { },
        shapes = Instances(mask, instances).SelectMany(i => MaskOutline.TraceInside(i).Select(outline => new
        {
            label = mask.Classes.Names[i.ClassId],
            points = outline.Chunk(2),
            group_id = (int?)null,
            description = "",
            shape_type = "polygon",
            flags = new { },
        })),
        imagePath = Path.GetFileName(name),
        imageData = (string?)null,
        imageHeight = mask.Height,
        imageWidth = mask.Width,
    });
}
