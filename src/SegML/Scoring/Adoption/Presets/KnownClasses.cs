using SegML.Pipelines;

namespace SegML.Scoring.Adoption.Presets;

/// <summary>The classes of data sets that published models are trained on, in their published order.</summary>
public static class KnownClasses
{
    /// <summary>PASCAL VOC 2012.</summary>
    public static IReadOnlyList<string> Voc { get; } = [.. PublicClasses.Voc.Names];

    /// <summary>Cityscapes' 19 classes by train id.</summary>
    public static IReadOnlyList<string> Cityscapes { get; } = [.. PublicClasses.Cityscapes.Names];

    /// <summary>The classes of a published set, by its name; null: none of that name.</summary>
    public static IReadOnlyList<string>? Named(string name) => name.ToLowerInvariant() switch
    {
        "voc" => Voc,
        "cityscapes" => Cityscapes,
        _ => null,
    };
}
