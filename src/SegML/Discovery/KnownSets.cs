using System.Globalization;
using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>Public data sets whose masks come without a list of classes, known by how their folders and files are called.</summary>
internal static class KnownSets
{
    // Cityscapes' ids of instances: class * 1000 + number, or the class alone.
    private const int Instances = 1000;

    /// <summary>The classes of a known set.</summary>
    /// <param name="masks">The path of one of its masks.</param>
    /// <returns>The set's name and its classes; null: it is none of these sets.</returns>
    public static (string Name, ClassSet Classes)? Of(string masks)
    {
        string stem = ImageName.Last(ImageName.Key(masks.Replace('\\', '/')));
        if (stem.EndsWith("_gtFine_labelIds", StringComparison.Ordinal))
        {
            return ("Cityscapes", PublicClasses.Cityscapes);
        }
        if (stem.EndsWith("_gtFine_labelTrainIds", StringComparison.Ordinal))
        {
            ClassSet cityscapes = PublicClasses.Cityscapes;
            return ("Cityscapes", new ClassSet([.. cityscapes.Classes.Select(c => c with { From = null })], new IgnoreClass { Color = cityscapes.Ignore!.Color }, cityscapes.Source));
        }
        if (stem.EndsWith("_gtFine_instanceIds", StringComparison.Ordinal))
        {
            ClassSet cityscapes = PublicClasses.Cityscapes;
            return ("Cityscapes", new ClassSet([.. cityscapes.Classes.Select(c => c with { From = WithInstances(c.From!) })],
                cityscapes.Ignore! with { From = WithInstances(cityscapes.Ignore.From!) }, cityscapes.Source));
        }
        return Path.GetFileName(Path.GetDirectoryName(masks)) == "SegmentationClass" ? ("PASCAL VOC", PublicClasses.Voc) : null;
    }

    private static IReadOnlyList<string> WithInstances(IReadOnlyList<string> values) =>
        [.. values, .. values.Where(v => int.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id is > 0 and < 255)
            .Select(v => int.Parse(v, CultureInfo.InvariantCulture) * Instances)
            .Select(first => string.Create(CultureInfo.InvariantCulture, $"{first}-{first + Instances - 1}"))];
}
