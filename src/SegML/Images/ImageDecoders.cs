namespace SegML.Images;

/// <summary>
/// The formats that packages add to those that SegML reads itself. JPEG, PNG, WebP, BMP and GIF stay with SegML's own decoders, which are made for
/// files from anywhere.
/// </summary>
public static class ImageDecoders
{
    private static IImageDecoder[] _all = [];

    /// <summary>The registered decoders, in the order in which they are asked.</summary>
    public static IReadOnlyList<IImageDecoder> All => Volatile.Read(ref _all);

    /// <summary>What to do about a file that nothing reads.</summary>
    internal static string Advice => All.Count == 0
        ? "use JPEG, PNG, WebP, BMP or GIF; the package SegML.ImageSharp adds TIFF, TGA and PBM"
        : $"use JPEG, PNG, WebP, BMP, GIF or one of {string.Join(", ", All.SelectMany(d => d.Extensions).Distinct(StringComparer.OrdinalIgnoreCase))}";

    /// <summary>Registers a decoder for the whole process; a second one of the same type changes nothing. Thread-safe.</summary>
    public static void Register(IImageDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        IImageDecoder[] known, more;
        do
        {
            known = Volatile.Read(ref _all);
            if (Array.Exists(known, d => d.GetType() == decoder.GetType()))
            {
                return;
            }
            more = [.. known, decoder];
        }
        while (Interlocked.CompareExchange(ref _all, more, known) != known);
    }

    /// <summary>The decoder for a file that SegML does not read itself; null: there is none.</summary>
    internal static IImageDecoder? Find(ReadOnlySpan<byte> start, string name)
    {
        if (!ImageContainer.LooksLikeImage(start))
        {
            foreach (IImageDecoder decoder in All)
            {
                if (decoder.Recognizes(start, name))
                {
                    return decoder;
                }
            }
        }
        return null;
    }

    /// <summary>Reads a header and holds it against the limits.</summary>
    internal static ImageHeader ReadHeader(IImageDecoder decoder, ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        ImageHeader header;
        try
        {
            header = decoder.ReadHeader(encoded, name);
        }
        catch (Exception e) when (e is not SegMLException and not OutOfMemoryException)
        {
            throw Damaged(decoder, name, e);
        }
        SkiaDecoder.CheckSize(header.Width, header.Height, name, options.MaxPixels);
        SkiaDecoder.CheckWhole(header.Width, header.Height, name, header.PixelBytes);
        return header;
    }

    /// <summary>Decodes an image within the limits.</summary>
    internal static RasterImage Decode(IImageDecoder decoder, ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        ReadHeader(decoder, encoded, name, options);
        try
        {
            return decoder.Decode(encoded, name);
        }
        catch (Exception e) when (e is not SegMLException and not OutOfMemoryException)
        {
            throw Damaged(decoder, name, e);
        }
    }

    /// <summary>Reads the stored numbers of an image within the limits; null: it is of colours.</summary>
    internal static int[]? DecodeValues(IImageDecoder decoder, ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        ReadHeader(decoder, encoded, name, options);
        try
        {
            return decoder.DecodeValues(encoded, name);
        }
        catch (Exception e) when (e is not SegMLException and not OutOfMemoryException)
        {
            throw Damaged(decoder, name, e);
        }
    }

    // Decoders let many of .NET's exceptions through for damaged files.
    private static ImageFormatException Damaged(IImageDecoder decoder, string name, Exception e) => new(name,
        $"is damaged or of a kind that {decoder.Name} does not read ({e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')})", "restore or convert it", e);
}
