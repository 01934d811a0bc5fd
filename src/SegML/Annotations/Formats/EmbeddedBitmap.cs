using System.IO.Compression;
using System.Runtime.InteropServices;
using SegML.Images;

namespace SegML.Annotations.Formats;

/// <summary>
/// A small picture inside an annotation file: Base64, sometimes deflated once more, of a PNG. No larger than the image it
/// annotates, whatever its header or its compression claims.
/// </summary>
internal static class EmbeddedBitmap
{
    // A PNG of a mask is far smaller than this many bytes a pixel, even when it is not compressed at all.
    private const int MostBytesAPixel = 8;

    public static byte[] FromBase64(JsonField data)
    {
        try
        {
            return Convert.FromBase64String(data.Text());
        }
        catch (FormatException e)
        {
            throw Damaged(data, "is not Base64", e);
        }
    }

    /// <summary>Undoes zlib's compression.</summary>
    public static byte[] Inflate(byte[] deflated, JsonField data, (int Width, int Height) image)
    {
        long limit = 65536 + Math.Min((long)MostBytesAPixel * Math.Max(image.Width, 1) * Math.Max(image.Height, 1), 1 << 28);
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(deflated), CompressionMode.Decompress);
            using var result = new MemoryStream();
            var block = new byte[65536];
            for (int read; (read = zlib.Read(block)) > 0;)
            {
                if (result.Length + read > limit)
                {
                    throw Damaged(data, $"inflates to more than {limit} bytes for an image of {image.Width}x{image.Height}");
                }
                result.Write(block, 0, read);
            }
            return result.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw Damaged(data, "is not compressed by zlib", e);
        }
    }

    /// <summary>
    /// Reads the PNG. Where any of its pixels is transparent the others are what it covers, else those that are not black.
    /// </summary>
    public static BitmapShape Decode(string className, byte[] png, JsonField data, AnnotationPoint origin, (int Width, int Height) image)
    {
        if (!(Math.Abs(origin.X) < 1 << 30 && Math.Abs(origin.Y) < 1 << 30))
        {
            throw Damaged(data, "lies outside the image");
        }
        try
        {
            long most = Math.Max(1, (long)image.Width * image.Height);
            using RgbaImage picture = ImageFile.Decode(png, data.Source, new ImageReadOptions { MaxPixels = Math.Min(most, ImageReadOptions.Default.MaxPixels) });
            return new BitmapShape(className, (int)Math.Floor(origin.X), (int)Math.Floor(origin.Y), picture.Width, picture.Height, Covered(picture));
        }
        catch (ImageFormatException e)
        {
            throw Damaged(data, $"holds a picture that {e.Fault}", e);
        }
    }

    private static byte[] Covered(RgbaImage picture)
    {
        ReadOnlySpan<uint> pixels = MemoryMarshal.Cast<byte, uint>(picture.Pixels);
        var covered = new byte[pixels.Length];
        bool transparent = false;
        foreach (uint pixel in pixels)
        {
            transparent |= pixel >> 24 != 255;
        }
        for (int i = 0; i < pixels.Length; i++)
        {
            covered[i] = (transparent ? pixels[i] >> 24 : pixels[i] & 0xFFFFFF) != 0 ? (byte)1 : (byte)0;
        }
        return covered;
    }

    private static AnnotationFormatException Damaged(JsonField data, string how, Exception? inner = null) =>
        new(data.Source, $"has a {data.Place} that {how}", "export it again", inner);
}
