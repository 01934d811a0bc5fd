using SegML.Masks;

namespace SegML.MLNet;

/// <summary>A class set in a saved transformer's settings.</summary>
internal sealed record SavedClasses(IReadOnlyList<SegmentationClass> Classes, IgnoreClass Ignore, string Source)
{
    public static SavedClasses From(ClassSet classes) => new(classes.Classes, classes.Ignore, classes.Source);

    public ClassSet ToClassSet() => new(Classes, Ignore, Source);
}
