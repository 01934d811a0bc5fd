namespace SegML.Images;

/// <summary>What an image or a mask may be before it is refused.</summary>
public sealed record ImageReadOptions
{
    /// <summary>
    /// Greatest number of pixels, checked against the file's header before any memory is taken. Default 200 000 000,
    /// which is 800 MB decoded as an image; above that a small file is more likely an attack than a photo.
    /// </summary>
    public long MaxPixels { get; init; } = 200_000_000;

    /// <summary>The defaults.</summary>
    internal static ImageReadOptions Default { get; } = new();
}
