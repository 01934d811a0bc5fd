using System.Globalization;
using System.Text.Json;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>
/// Label Studio's JSON: tasks with annotations to import; polygons along the pixels' edges, in per cent. The labelling configuration has an
/// <c>Image</c> called image and <c>PolygonLabels</c> called label; images are named by file, to be served as the project serves them.
/// </summary>
internal sealed class LabelStudioExport : AnnotationExport
{
    public override string Name => "labelstudio";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, "tasks.json")];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        string path = Path.Combine(folder, "tasks.json");
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartArray();
            foreach ((string name, SegmentationMask mask) in Checked(masks, _ => { }))
            {
                JsonSerializer.Serialize(json, new
                {
                    data = new { image = name },
                    annotations = new[]
                    {
                        new { result = Instances(mask, instances).SelectMany(i => MaskOutline.Trace(i).Select(o => (i.ClassId, Outline: o))).Select((o, at) => Region(o.ClassId, o.Outline, at, mask)) },
                    },
                });
            }
            json.WriteEndArray();
        });
        return path;
    }

    private static object Region(int classId, int[] outline, int number, SegmentationMask mask) => new
    {
        id = string.Create(CultureInfo.InvariantCulture, $"r{number}"),
        type = "polygonlabels",
        from_name = "label",
        to_name = "image",
        original_width = mask.Width,
        original_height = mask.Height,
        image_rotation = 0,
        value = new
        {
            points = outline.Chunk(2).Select(p => new[] { 100.0 * p[0] / mask.Width, 100.0 * p[1] / mask.Height }),
            closed = true,
            polygonlabels = new[] { mask.Classes.Names[classId] },
        },
    };
}
