using System.Globalization;
using System.Text;
using SegML.Files;
using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>YOLO segment text: data.yaml with the names and a folder labels with a file an image; polygons through the outermost pixels.</summary>
internal sealed class YoloExport : AnnotationExport
{
    public override string Name => "yolo";

    /// <inheritdoc/>
    public override IEnumerable<string> FilesOf(string folder, string imageName) => [Path.Combine(folder, "labels", Path.ChangeExtension(imageName, ".txt")), Path.Combine(folder, "data.yaml")];

    public override string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null)
    {
        foreach ((string name, SegmentationMask mask) in Checked(masks, classes => WriteNames(folder, classes)))
        {
            var text = new StringBuilder();
            foreach (SegmentationInstance instance in Instances(mask, instances))
            {
                foreach (int[] outline in MaskOutline.TraceInside(instance))
                {
                    text.Append(instance.ClassId);
                    for (int i = 0; i < outline.Length; i++)
                    {
                        text.Append(CultureInfo.InvariantCulture, $" {(double)outline[i] / (i % 2 == 0 ? mask.Width : mask.Height):0.######}");
                    }
                    text.Append('\n');
                }
            }
            AtomicFile.WriteText(Path.Combine(folder, "labels", Path.ChangeExtension(name, ".txt")), text.ToString());
        }
        return folder;
    }

    private static void WriteNames(string folder, ClassSet classes) => AtomicFile.WriteText(Path.Combine(folder, "data.yaml"),
        "names:\n" + string.Concat(classes.Classes.Select(c => string.Create(CultureInfo.InvariantCulture, $"  {c.Id}: '{c.Name.Replace("'", "''", StringComparison.Ordinal)}'\n"))));
}
