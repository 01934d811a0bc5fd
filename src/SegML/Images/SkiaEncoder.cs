using System.Runtime.InteropServices;
using SkiaSharp;

namespace SegML.Images;

/// <summary>Encodes through Skia.</summary>
internal static unsafe class SkiaEncoder
{
    // One filter and the fastest compression: a tenth of the default's time for some 7 % more bytes, on road photos.
    private const SKPngEncoderFilterFlags Filter = SKPngEncoderFilterFlags.Paeth;
    private const int DeflateLevel = 1;

    public static byte[] Png(RgbaImage image)
    {
        fixed (byte* pixels = image.Pixels)
        {
            using SKPixmap pixmap = Pixmap(image, pixels, IsOpaque(image) ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
            return Bytes(pixmap.Encode(new SKPngEncoderOptions(Filter, DeflateLevel)));
        }
    }

    public static byte[] Jpeg(RgbaImage image, int quality)
    {
        fixed (byte* pixels = image.Pixels)
        {
            using SKPixmap pixmap = Pixmap(image, pixels, SKAlphaType.Opaque);
            return Bytes(pixmap.Encode(new SKJpegEncoderOptions(
                quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)));
        }
    }

    private static SKPixmap Pixmap(RgbaImage image, byte* pixels, SKAlphaType alpha)
    {
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, alpha);
        return new SKPixmap(info, (nint)pixels, info.RowBytes);
    }

    private static byte[] Bytes(SKData? data)
    {
        using (data)
        {
            return data?.ToArray() ?? throw new InvalidOperationException("Skia could not encode the image");
        }
    }

    private static bool IsOpaque(RgbaImage image)
    {
        foreach (uint pixel in MemoryMarshal.Cast<byte, uint>(image.Pixels))
        {
            if (pixel < 0xFF000000)
            {
                return false;
            }
        }
        return true;
    }
}
