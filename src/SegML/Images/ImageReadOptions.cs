namespace SegML.Images;

/// <summary>What an image or a mask may be before it is refused.</summary>
public sealed record ImageReadOptions
{
    /// <summary>
    /// Greatest number of pixels, checked against the file's header before any memory is taken. Default 200 000 000,
    /// which is 800 MB decoded as an image; above that a small file is more likely an attack than a photo.
    /// </summary>
    public long MaxPixels { get; init; } = 200_000_000;

    /// <summary>
    /// The share of a JPEG's picture that must be in the file, 0 to 1: the rest is what decoders make up where a file was cut short and closed
    /// with an end marker. 0 reads whatever there is. Default 0.99.
    /// </summary>
    public double LeastDecoded { get; init; } = 0.99;

    /// <summary>The defaults.</summary>
    internal static ImageReadOptions Default { get; } = new();
}
