using System.Text.Json;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>A Supervisely project: meta.json and ds0/ann with a file an image; polygons through the outermost pixels.</summary>
internal sealed class SuperviselyExport : AnnotationExport
{
    public override string Name => "supervisely";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, "ds0", "ann", imageName + ".json"), Path.Combine(folder, "meta.json")];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        foreach ((string name, SegmentationMask mask) in Checked(masks, classes => WriteMeta(folder, classes)))
        {
            AtomicFile.Write(Path.Combine(folder, "ds0", "ann", name + ".json"), stream => JsonSerializer.Serialize(stream, new
            {
                description = "",
                tags = Array.Empty<string>(),
                size = new { height = mask.Height, width = mask.Width },
                objects = Instances(mask, instances).SelectMany(i => MaskOutline.TraceInside(i).Select(outline => new
                {
                    classTitle = mask.Classes.Names[i.ClassId],
                    geometryType = "polygon",
                    description = "",
                    tags = Array.Empty<string>(),
                    points = new { exterior = outline.Chunk(2), interior = Array.Empty<int>() },
                })),
            }));
        }
        return folder;
    }

    private static void WriteMeta(string folder, ClassSet classes) => AtomicFile.Write(Path.Combine(folder, "meta.json"), stream => JsonSerializer.Serialize(stream, new
    {
        classes = classes.Classes.Select(c => new { title = c.Name, shape = "polygon", color = c.Color.ToString() }),
        tags = Array.Empty<string>(),
        projectType = "images",
    }));
}
