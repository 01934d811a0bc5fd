namespace SegML.Drawing;

/// <summary>How an overlay looks.</summary>
public sealed record OverlayOptions
{
    /// <summary>How much a class's colour covers the image, 0 to 1. Default 0.5.</summary>
    public double Opacity { get; init; } = 0.5;

    /// <summary>Whether classes are edged in their full colour. Default true.</summary>
    public bool Outline { get; init; } = true;

    /// <summary>Whether the classes that occur are listed at the bottom, where the image is large enough. Default true.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>
    /// Ids of classes that the legend lists although they do not occur in this image, so that the legend of a video does not
    /// flicker. Default none.
    /// </summary>
    public IReadOnlyCollection<int> LegendClasses { get; init; } = [];

    /// <summary>The defaults.</summary>
    internal static OverlayOptions Default { get; } = new();
}
