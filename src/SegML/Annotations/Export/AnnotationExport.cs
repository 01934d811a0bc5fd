using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations.Export;

/// <summary>
/// A form of annotations that masks are written in, to be corrected in an annotation tool. A form is one class in one file and one line in
/// <see cref="All"/>. Drawn again, the annotations give the very same masks, pixels of ignored classes and of the class "background" aside,
/// which become nothing.
/// </summary>
public abstract class AnnotationExport
{
    /// <summary>All forms.</summary>
    public static IReadOnlyList<AnnotationExport> All { get; } =
        [new CocoExport(), new CvatExport(), new LabelMeExport(), new LabelStudioExport(), new SuperviselyExport(), new YoloExport()];

    /// <summary>What options call it: "labelme".</summary>
    public abstract string Name { get; }

    /// <summary>Writes annotations, each file whole or not at all. One mask is held at a time.</summary>
    /// <param name="folder">The folder for them, created when missing.</param>
    /// <param name="masks">Each image's name, with / between folders, and its mask; all masks of the same classes.</param>
    /// <param name="instances">Which connected components become objects. Null: all, but for those of a class called "background".</param>
    /// <returns>What was written, for the tool: a file or the folder.</returns>
    /// <exception cref="OutputException">A file cannot be written.</exception>
    /// <exception cref="ArgumentException">There are no masks, or they are of different classes.</exception>
    public abstract string Write(string folder, IEnumerable<(string ImageName, SegmentationMask Mask)> masks, InstanceOptions? instances = null);

    /// <summary>The files that <see cref="Write"/> makes for an image, those for all images included.</summary>
    /// <param name="folder">The folder for the annotations.</param>
    /// <param name="imageName">The image's file name.</param>
    public abstract IEnumerable<string> FilesOf(string folder, string imageName);

    /// <summary>The form of a name, in any case; null: there is none.</summary>
    public static AnnotationExport? Of(string name) => All.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A mask's connected components in the order in which they are to be drawn.</summary>
    private protected static IReadOnlyList<SegmentationInstance> Instances(SegmentationMask mask, InstanceOptions? options) => mask.Instances(options ?? new InstanceOptions
    {
        Classes = [.. mask.Classes.Names.Where(n => !n.Equals("background", StringComparison.OrdinalIgnoreCase))],
    });

    /// <summary>The masks, one after the other, all of the first one's classes.</summary>
    private protected static IEnumerable<(string ImageName, SegmentationMask Mask)> Checked(IEnumerable<(string ImageName, SegmentationMask Mask)> masks, Action<ClassSet> first)
    {
        ArgumentNullException.ThrowIfNull(masks);
        ClassSet? classes = null;
        foreach ((string name, SegmentationMask mask) in masks)
        {
            if (classes is null)
            {
                first(classes = mask.Classes);
            }
            else if (!classes.HasNamesOf(mask.Classes))
            {
                throw new ArgumentException($"the mask of {name} has other classes than those before it", nameof(masks));
            }
            yield return (name, mask);
        }
        if (classes is null)
        {
            throw new ArgumentException("there are no masks", nameof(masks));
        }
    }
}
