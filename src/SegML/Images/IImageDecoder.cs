namespace SegML.Images;

/// <summary>
/// Reads a format of image files that SegML does not read itself. Once registered with <see cref="ImageDecoders"/> it is used wherever an image
/// is read: training, scoring, checks, ML.NET. SegML checks sizes against its limits before it has anything decoded. Thread-safe.
/// </summary>
public interface IImageDecoder
{
    /// <summary>What to call it in errors: "ImageSharp".</summary>
    string Name { get; }

    /// <summary>The extensions by which its files are found in folders, with dot and in lower case.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Whether a file is of its format.</summary>
    /// <param name="start">The file's first bytes, or all of it.</param>
    /// <param name="name">The file's path, or what to call it.</param>
    bool Recognizes(ReadOnlySpan<byte> start, string name);

    /// <summary>Reads what an image takes, from the header alone.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="ImageFormatException">The header is damaged, or of a kind that it does not read. Other exceptions are turned into this one.</exception>
    ImageHeader ReadHeader(ReadOnlySpan<byte> encoded, string name);

    /// <summary>Decodes an image.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <returns>The image, upright, of the header's size; a <see cref="DeepImage"/> where 8 bits or 4 channels would lose something.</returns>
    /// <exception cref="ImageFormatException">The file is damaged or truncated. Other exceptions are turned into this one.</exception>
    RasterImage Decode(ReadOnlySpan<byte> encoded, string name);

    /// <summary>Reads the numbers of a one-channel image exactly as they are stored, for masks. A format without such numbers leaves this out.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <returns>Width x height values, row by row; null: the image is of colours.</returns>
    /// <exception cref="ImageFormatException">The file is damaged, truncated or lossy, or holds other than whole numbers.</exception>
    int[]? DecodeValues(ReadOnlySpan<byte> encoded, string name) => null;
}

/// <summary>What an image file's header says.</summary>
/// <param name="Width">Width in pixels, upright.</param>
/// <param name="Height">Height in pixels, upright.</param>
/// <param name="PixelBytes">Bytes that a decoded pixel takes: 4 as an <see cref="RgbaImage"/>, 4 a channel as a <see cref="DeepImage"/>.</param>
public readonly record struct ImageHeader(int Width, int Height, int PixelBytes);
