
namespace SegML.Images;

/// <summary>
/// Decodes an image with the depth and the channels that its file has: PNG of 16 bits by SegML's own reader, formats that packages registered by
/// theirs, everything else, all of 8 bits, by Skia.
/// </summary>
internal static class RasterReader
{
    /// <summary>Decodes at the needed size or above it, where the format decodes faster at a smaller size.</summary>
    public static ReducedImage Decode(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options, NeededSize needed) =>
        Boundary.Image.Cross(name, encoded, bytes => DecodeAny(bytes, name, options, needed));

    private static ReducedImage DecodeAny(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options, NeededSize needed)
    {
        RasterImage? image = PngReader.IsDeep(encoded) ? PngReader.ReadDeep(encoded, name, options)
            : ImageDecoders.Find(encoded, name) is { } decoder ? ImageDecoders.Decode(decoder, encoded, name, options) : null;
        return image is null ? SkiaDecoder.Decode(encoded, name, options, needed) : new ReducedImage(image, image.Width, image.Height);
    }

    /// <summary>Decodes at full size.</summary>
    public static RasterImage Decode(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options) =>
        Decode(encoded, name, options, static (width, height) => (width, height)).Pixels;

    /// <summary>Reads an image's size, upright, from its header.</summary>
    public static (int Width, int Height) ReadSize(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options) =>
        Boundary.Image.Cross(name, encoded, bytes => SizeOf(bytes, name, options));

    private static (int Width, int Height) SizeOf(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        if (ImageDecoders.Find(encoded, name) is not { } decoder)
        {
            return SkiaDecoder.ReadSize(encoded, name, options);
        }
        ImageHeader header = ImageDecoders.ReadHeader(decoder, encoded, name, options);
        return (header.Width, header.Height);
    }

    /// <summary>Decodes to 8 bits.</summary>
    public static RgbaImage DecodeRgba(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options) =>
        Boundary.Image.Cross(name, encoded, bytes => DecodeEight(bytes, name, options));

    private static RgbaImage DecodeEight(ReadOnlySpan<byte> encoded, string name, ImageReadOptions options)
    {
        if (ImageDecoders.Find(encoded, name) is not { } decoder)
        {
            return SkiaDecoder.Decode(encoded, name, options);
        }
        RasterImage image = ImageDecoders.Decode(decoder, encoded, name, options);
        if (image is RgbaImage rgba)
        {
            return rgba;
        }
        using (image)
        {
            return image.ToRgba();
        }
    }
}
