using SegML.Images;

namespace SegML.Masks;

/// <summary>One class of a segmentation task.</summary>
public sealed record SegmentationClass
{
    /// <summary>The class id: its value in masks and its channel in the network's output, 0 to classes - 1.</summary>
    public required int Id { get; init; }

    /// <summary>The class's name, unique in its set.</summary>
    public required string Name { get; init; }

    /// <summary>Its colour in overlays, palettes and colour masks.</summary>
    public required Rgb Color { get; init; }

    /// <summary>
    /// What stands for this class in the data set's own masks and annotations: mask values (numbers as text, "7"), ranges of them ("1000-1999", for
    /// masks that hold class and instance in one number), colours ("#804080"; "#0a2c**" whatever its blue) and annotation names ("Road"); "*" stands
    /// for every value, colour and name that nothing else claims. Null: the class's own id and name.
    /// </summary>
    public IReadOnlyList<string>? From { get; init; }
}

/// <summary>What training and evaluation leave out.</summary>
public sealed record IgnoreClass
{
    /// <summary>The ignore index: the mask value of pixels that count for nothing, 0-255, not a class id. Default 255.</summary>
    public int Id { get; init; } = 255;

    /// <summary>Its colour in overlays and palettes. Default black.</summary>
    public Rgb Color { get; init; }

    /// <summary>
    /// Mask values, colours and annotation names to ignore; "*" is every one that no class claims. Null: the ignore index itself, unless a class
    /// claims that value.
    /// </summary>
    public IReadOnlyList<string>? From { get; init; }
}
