using SegML.Colors;

namespace SegML.Datasets;

/// <summary>What a check of a data set looks at beside what training needs to be sound.</summary>
public sealed record DatasetCheckOptions
{
    /// <summary>Whether images are measured too: their channels' mean and standard deviation, and their likeness. Default false.</summary>
    public bool Measure { get; init; }

    /// <summary>The colour space whose channels are measured. Default <see cref="ColorSpace.Rgb"/>.</summary>
    public ColorSpace ColorSpace { get; init; } = ColorSpace.Rgb;
}
