using SegML.Files;
using SegML.Images;

namespace SegML.Masks;

/// <summary>
/// Reads and writes mask files. PNG is written. Read are indexed PNGs (a pixel's value is its palette index, as in PASCAL VOC), grey ones of 1 to
/// 16 bits, and 8-bit RGB or RGBA ones in the class colours, or in grey levels; NumPy arrays (.npy) of whole numbers in [H, W]; BMP, GIF and
/// lossless WebP by their colours; and with the package SegML.ImageSharp TIFF by its numbers. JPEG and lossy WebP mix class values and are refused.
/// In grey files of two classes white is the second class, unless the pipeline file or a value of 1 in the mask says otherwise. Thread-safe.
/// </summary>
public static class MaskFile
{
    private static readonly string[] _extensions = [".png", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".npy"];

    /// <summary>The extensions by which masks are found in folders, in lower case. A file that is named itself may have any.</summary>
    public static IReadOnlyList<string> Extensions => _extensions;

    /// <summary>Whether a path ends like a mask's; case does not matter.</summary>
    public static bool HasExtension(string path) => _extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a mask and translates its values into class ids.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">The classes, whose <see cref="SegmentationClass.From"/> says what the file's values stand for.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <exception cref="MaskFormatException">The file cannot be read, is too large, or holds a value or colour that stands for no class.</exception>
    public static SegmentationMask Read(string path, ClassSet classes, ImageReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Boundary.Mask.Cross(path, () =>
        {
            RawMask raw = ReadRaw(path, options);
            return new SegmentationMask(raw.Width, raw.Height, ValueMap.Apply(raw, classes, path), classes);
        });
    }

    /// <summary>Reads a mask's values as they are stored.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <exception cref="MaskFormatException">The file is missing, empty, unreadable, truncated, damaged, too large, lossy, or holds no mask.</exception>
    public static RawMask ReadRaw(string path, ImageReadOptions? options = null) => Boundary.Mask.Cross(path, () => IsPng(path)
        ? PngReader.Read(path, options ?? ImageReadOptions.Default) : MaskDecoder.Read(path, options ?? ImageReadOptions.Default));

    /// <summary>Reads a mask's size from its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>Width and height in pixels.</returns>
    /// <exception cref="MaskFormatException">The file is missing, empty, unreadable, too large, lossy, or holds no mask.</exception>
    public static (int Width, int Height) ReadSize(string path, ImageReadOptions? options = null) => Boundary.Mask.Cross(path, () => IsPng(path)
        ? PngReader.ReadSize(path, options ?? ImageReadOptions.Default) : MaskDecoder.ReadSize(path, options ?? ImageReadOptions.Default));

    /// <summary>Writes a mask as an indexed PNG with the class colours as its palette, whole or not at all.</summary>
    /// <param name="path">The file, usually .png.</param>
    /// <param name="mask">The mask; its ids become the file's values.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, SegmentationMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        AtomicFile.Write(path, stream => PngWriter.Write(stream, mask));
    }

    /// <summary>Encodes a mask as <see cref="Write"/> does.</summary>
    /// <returns>The content of a PNG file.</returns>
    public static byte[] EncodePng(SegmentationMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using var png = new MemoryStream();
        PngWriter.Write(png, mask);
        return png.ToArray();
    }

    // What nothing else recognises is left to the PNG reader, which says what masks may be.
    private static bool IsPng(string path)
    {
        using EncodedFile start = EncodedFile.Read(path, PngReader.Fault, MaskDecoder.MarkBytes);
        return !MaskDecoder.Recognizes(start.Bytes, path);
    }
}
