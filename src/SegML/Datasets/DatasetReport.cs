namespace SegML.Datasets;

/// <summary>What a check of a split found.</summary>
/// <param name="Items">How many items were checked.</param>
/// <param name="Findings">Errors and warnings: those of single items in the items' order, then those of the split.</param>
/// <param name="ClassPixels">Pixels by class id over all masks that could be read.</param>
/// <param name="IgnoredPixels">Pixels with the ignore index.</param>
public sealed record DatasetReport(int Items, IReadOnlyList<DatasetFinding> Findings, IReadOnlyList<long> ClassPixels, long IgnoredPixels)
{
    /// <summary>A line for every error.</summary>
    public IReadOnlyList<string> Faults { get; } = [.. Findings.Where(f => f.IsError).Select(f => f.Message)];

    /// <summary>Masks in which a class occurs, by class id.</summary>
    public IReadOnlyList<int> ClassMasks { get; init; } = [];

    /// <summary>The sizes of the images that could be read, the commonest first.</summary>
    public IReadOnlyList<ImageSizeCount> Sizes { get; init; } = [];

    /// <summary>Each channel's mean over the pixels of all images, in the colour space's units; empty unless measured.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Each channel's standard deviation over the pixels of all images, in the colour space's units; empty unless measured.</summary>
    public IReadOnlyList<double> Std { get; init; } = [];

    /// <summary>The images' likenesses; empty unless measured.</summary>
    internal IReadOnlyList<(string Path, FrameLikeness Likeness)> Frames { get; init; } = [];
}

/// <summary>How many images have a size.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Images">Images of that size.</param>
public sealed record ImageSizeCount(int Width, int Height, int Images);
