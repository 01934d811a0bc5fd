using SegML.Files;

namespace SegML.Images;

/// <summary>
/// Reads and writes image files. Every format that Skia decodes is read (JPEG, PNG, WebP, BMP, GIF's first frame, ICO), and those of registered
/// <see cref="ImageDecoders"/>; EXIF orientation is applied; colour profiles are not. Thread-safe.
/// </summary>
public static class ImageFile
{
    private const int HeaderBytes = 1 << 16, MaxJpegSide = 65535;

    private static readonly string[] OwnExtensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp"];

    /// <summary>
    /// A JPEG was read of which a part is missing, as <see cref="ImageReadOptions.LeastDecoded"/> allows: its name, and the share that is there, 0
    /// to 1. Raised on the reading thread.
    /// </summary>
    public static event Action<string, double>? Truncated;

    internal static void TellTruncated(string name, double share) => Truncated?.Invoke(name, share);

    /// <summary>
    /// The extensions by which images are found in folders, in lower case: SegML's own and those of registered <see cref="ImageDecoders"/>. A file
    /// that is named itself may have any.
    /// </summary>
    public static IReadOnlyList<string> Extensions => ImageDecoders.All is { Count: > 0 } more ? [.. OwnExtensions.Concat(more.SelectMany(d => d.Extensions)).Distinct()] : OwnExtensions;

    /// <summary>Whether a path ends like an image's; case does not matter.</summary>
    public static bool HasExtension(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads an image file as 8-bit RGB. More bits are cut to 8, of more than four channels the first three are taken.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>The image, upright. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable, truncated, damaged, too large or not an image.</exception>
    public static RgbaImage Read(string path, ImageReadOptions? options = null)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        return RasterReader.DecodeRgba(file.Bytes, path, options ?? ImageReadOptions.Default);
    }

    /// <summary>
    /// Reads an image file with the depth and the channels that it has: an <see cref="RgbaImage"/> of 8 bits and up to 4 channels, else a
    /// <see cref="DeepImage"/>.
    /// </summary>
    /// <inheritdoc cref="Read(string, ImageReadOptions?)"/>
    public static RasterImage ReadRaster(string path, ImageReadOptions? options = null)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        return RasterReader.Decode(file.Bytes, path, options ?? ImageReadOptions.Default);
    }

    /// <summary>Reads an image from a stream, with the depth and the channels that it has.</summary>
    /// <inheritdoc cref="Read(Stream, string, ImageReadOptions?)"/>
    public static RasterImage ReadRaster(Stream stream, string name, ImageReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        using EncodedFile file = EncodedFile.Read(stream, name, Fault);
        return RasterReader.Decode(file.Bytes, name, options ?? ImageReadOptions.Default);
    }

    /// <summary>Decodes an image in memory, with the depth and the channels that it has.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, string, ImageReadOptions?)"/>
    public static RasterImage DecodeRaster(ReadOnlySpan<byte> encoded, string name, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return RasterReader.Decode(encoded, name, options ?? ImageReadOptions.Default);
    }

    /// <summary>Reads an image from a stream, from where it stands to its end.</summary>
    /// <param name="stream">The content of an image file; not disposed.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>The image, upright. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">It is empty, unreadable, truncated, damaged, too large or not an image.</exception>
    public static RgbaImage Read(Stream stream, string name, ImageReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        using EncodedFile file = EncodedFile.Read(stream, name, Fault);
        return RasterReader.DecodeRgba(file.Bytes, name, options ?? ImageReadOptions.Default);
    }

    /// <summary>Decodes an image in memory.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>The image, upright. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">It is empty, truncated, damaged, too large or not an image.</exception>
    public static RgbaImage Decode(ReadOnlySpan<byte> encoded, string name, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return RasterReader.DecodeRgba(encoded, name, options ?? ImageReadOptions.Default);
    }

    /// <summary>Reads an image file at the needed size or above it.</summary>
    /// <inheritdoc cref="Read(string, ImageReadOptions?)" path="/exception"/>
    internal static ReducedImage ReadReduced(string path, NeededSize needed, ImageReadOptions? options = null)
    {
        using EncodedFile file = EncodedFile.Read(path, Fault);
        return RasterReader.Decode(file.Bytes, path, options ?? ImageReadOptions.Default, needed);
    }

    /// <summary>Reads an image from a stream at the needed size or above it.</summary>
    /// <inheritdoc cref="Read(Stream, string, ImageReadOptions?)" path="/exception"/>
    internal static ReducedImage ReadReduced(Stream stream, string name, NeededSize needed, ImageReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        using EncodedFile file = EncodedFile.Read(stream, name, Fault);
        return RasterReader.Decode(file.Bytes, name, options ?? ImageReadOptions.Default, needed);
    }

    /// <summary>Decodes an image in memory at the needed size or above it.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, string, ImageReadOptions?)" path="/exception"/>
    internal static ReducedImage DecodeReduced(ReadOnlySpan<byte> encoded, string name, NeededSize needed, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return RasterReader.Decode(encoded, name, options ?? ImageReadOptions.Default, needed);
    }

    /// <summary>Reads the size that <see cref="Read(string, ImageReadOptions?)"/> would give, from the header alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null: the defaults.</param>
    /// <returns>Width and height in pixels, after EXIF orientation.</returns>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable, too large or not an image.</exception>
    public static (int Width, int Height) ReadSize(string path, ImageReadOptions? options = null) =>
        FromHeader(path, bytes => RasterReader.ReadSize(bytes, path, options ?? ImageReadOptions.Default));

    /// <summary>Reads how the image has to be turned to be upright, from the header alone; null: not at all.</summary>
    /// <exception cref="ImageFormatException">The file is missing, empty, unreadable or not an image.</exception>
    internal static ImageTurn? ReadTurn(string path) => FromHeader(path, bytes => ImageDecoders.Find(bytes, path) is null ? SkiaDecoder.ReadTurn(bytes, path) : null);

    private delegate T HeaderReader<T>(ReadOnlySpan<byte> bytes);

    private static T FromHeader<T>(string path, HeaderReader<T> read) => Boundary.Image.Cross(path, () => ReadHeader(path, read));

    private static T ReadHeader<T>(string path, HeaderReader<T> read)
    {
        using (EncodedFile start = EncodedFile.Read(path, Fault, HeaderBytes))
        {
            // A long colour profile or thumbnail may push the frame header beyond the first bytes: then read it all. TIFF has it anywhere.
            if ((start.IsWhole || SkiaDecoder.HasHeader(start.Bytes)) && ImageDecoders.Find(start.Bytes, path) is null)
            {
                return read(start.Bytes);
            }
        }
        using EncodedFile file = EncodedFile.Read(path, Fault);
        return read(file.Bytes);
    }

    /// <summary>Writes an image, whole or not at all.</summary>
    /// <param name="path">The file; its extension chooses the format: .png, .jpg or .jpeg (quality 90).</param>
    /// <param name="image">The image.</param>
    /// <exception cref="OutputException">The file cannot be written, its extension is another, or the image is too large for JPEG.</exception>
    public static void Write(string path, RgbaImage image)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(image);
        byte[] encoded = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".PNG" => EncodePng(image),
            ".JPG" or ".JPEG" when Math.Max(image.Width, image.Height) > MaxJpegSide => throw new OutputException(path,
                $"cannot hold {image.Width}x{image.Height}: JPEG ends at {MaxJpegSide.Of("pixel")} a side", "write a .png"),
            ".JPG" or ".JPEG" => EncodeJpeg(image),
            string other => throw new OutputException(path, $"has the extension \"{other.ToLowerInvariant()}\"",
                "images are written as .png or .jpg"),
        };
        AtomicFile.Write(path, stream => stream.Write(encoded));
    }

    /// <summary>Encodes as PNG: RGB where every pixel is opaque, else RGBA. Exact.</summary>
    /// <returns>The content of a PNG file.</returns>
    public static byte[] EncodePng(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return SkiaEncoder.Png(image);
    }

    /// <summary>Encodes as baseline JPEG; alpha is dropped.</summary>
    /// <param name="image">The image, at most 65535 pixels a side.</param>
    /// <param name="quality">1 to 100. Default 90.</param>
    /// <returns>The content of a JPEG file.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The quality, or a side of the image, is out of range.</exception>
    public static byte[] EncodeJpeg(RgbaImage image, int quality = 90)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Max(image.Width, image.Height), MaxJpegSide, nameof(image));
        return SkiaEncoder.Jpeg(image, quality);
    }

    internal static SegMLException Fault(string path, string fault, string fix, Exception? inner) =>
        new ImageFormatException(path, fault, fix, inner);
}
