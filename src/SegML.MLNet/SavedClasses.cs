using SegML.Masks;

namespace SegML.MLNet;

/// <summary>A class set in a saved transformer's settings.</summary>
/// <param name="Classes">The classes.</param>
/// <param name="Ignore">What is left out.</param>
/// <param name="Source">Where they were read from.</param>
/// <param name="Thresholds">Of classes that overlap; null: a pixel is of one class.</param>
internal sealed record SavedClasses(IReadOnlyList<SegmentationClass> Classes, IgnoreClass Ignore, string Source, IReadOnlyList<double>? Thresholds = null)
{
    public static SavedClasses From(ClassSet classes) => new(classes.Classes, classes.Ignore, classes.Source, classes.Thresholds);

    public ClassSet ToClassSet() => new(Classes, Ignore, Source, Thresholds);
}
