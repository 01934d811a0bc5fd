using System.Buffers.Binary;
using SegML.Images;

namespace SegML.Masks;

/// <summary>
/// Reads masks that are no PNG: NumPy arrays and TIFF by their numbers, BMP, GIF's first frame and lossless WebP by their colours. Lossy formats
/// are refused: they mix the classes along every edge, and what was there before cannot be told from the file.
/// </summary>
internal static class MaskDecoder
{
    /// <summary>The bytes that tell whether a file is such a mask.</summary>
    public const int MarkBytes = 32;

    /// <summary>Whether a file is read here; else it is a PNG, or unknown.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start, string name) =>
        NpyArray.Recognizes(start) || (ImageContainer.LooksLikeImage(start) ? start[0] != 0x89 : ImageDecoders.Find(start, name) is not null);

    /// <summary>Reads a mask.</summary>
    /// <exception cref="MaskFormatException">It is damaged, truncated, too large, lossy, or holds no values of a mask.</exception>
    public static RawMask Read(string path, ImageReadOptions options) => Reading(path, file =>
    {
        if (NpyArray.Recognizes(file))
        {
            return NpyArray.Read(file, path, options.MaxPixels);
        }
        CheckLossless(file, path);
        if (ImageDecoders.Find(file, path) is { } decoder && ImageDecoders.DecodeValues(decoder, file, path, options) is { } values)
        {
            (int width, int height) = RasterReader.ReadSize(file, path, options);
            return NpyArray.OfNumbers(width, height, values, path);
        }
        using RasterImage image = RasterReader.Decode(file, path, options);
        return image is RgbaImage colors ? OfColors(colors)
            : throw new MaskFormatException(path, "has more than 8 bits or 4 channels and is not read exactly", "save it as a PNG or TIFF of one channel");
    });

    /// <summary>Reads a mask's size.</summary>
    /// <exception cref="MaskFormatException">As <see cref="Read"/>, as far as the header tells.</exception>
    public static (int Width, int Height) ReadSize(string path, ImageReadOptions options) => Reading(path, file =>
    {
        if (NpyArray.Recognizes(file))
        {
            return NpyArray.ReadSize(file, path, options.MaxPixels);
        }
        CheckLossless(file, path);
        return RasterReader.ReadSize(file, path, options);
    });

    private delegate T Reader<T>(ReadOnlySpan<byte> file);

    private static T Reading<T>(string path, Reader<T> read)
    {
        using EncodedFile file = EncodedFile.Read(path, PngReader.Fault);
        try
        {
            return read(file.Bytes);
        }
        catch (ImageFormatException e)
        {
            throw new MaskFormatException(e.Subject, e.Fault, e.Fix, e);
        }
    }

    private static RawMask OfColors(RgbaImage image)
    {
        var colors = new int[image.Width * image.Height];
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i < colors.Length; i++)
        {
            colors[i] = pixels[4 * i] << 16 | pixels[4 * i + 1] << 8 | pixels[4 * i + 2];
        }
        return new RawMask(image.Width, image.Height, colors);
    }

    private static void CheckLossless(ReadOnlySpan<byte> file, string name)
    {
        string? lossy = file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? "a JPEG" : IsLossyWebp(file) ? "a lossy WebP" : null;
        if (lossy is not null)
        {
            throw new MaskFormatException(name, $"is {lossy}, which mixes class values along every edge", "export the masks as PNG; those in this file cannot be restored");
        }
    }

    // RFC 9649: "VP8 " holds lossy pixels, "VP8L" lossless ones; those of an animation's frame follow its 16 bytes.
    private static bool IsLossyWebp(ReadOnlySpan<byte> file)
    {
        if (file.Length < 20 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WEBP"u8))
        {
            return false;
        }
        for (long at = 12; at + 8 <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            if (chunk.StartsWith("VP8 "u8))
            {
                return true;
            }
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            at += chunk.StartsWith("ANMF"u8) ? 24 : 8L + size + (size & 1);
        }
        return false;
    }
}
