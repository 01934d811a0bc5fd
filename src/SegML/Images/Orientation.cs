using System.Runtime.InteropServices;
using SkiaSharp;

namespace SegML.Images;

/// <summary>Turns an image upright as its EXIF orientation tag (CIPA DC-008, tag 0x0112) says.</summary>
internal static class Orientation
{
    // A tile's rows and columns both stay in the cache while sides are swapped.
    private const int Tile = 32;

    /// <summary>Whether an upright image's width is the stored image's height.</summary>
    public static bool SwapsSides(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>The upright image: the same one where nothing is to do, else a new one, and the old is disposed.</summary>
    public static RgbaImage Apply(RgbaImage image, SKEncodedOrigin origin)
    {
        int w = image.Width, h = image.Height, last = w * h - 1;
        // The stored pixel of upright (0, 0), and how far one step right and one step down go in the stored image.
        (int start, int right, int down) = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, -1, w),
            SKEncodedOrigin.BottomRight => (last, -1, -w),
            SKEncodedOrigin.BottomLeft => (last - w + 1, 1, -w),
            SKEncodedOrigin.LeftTop => (0, w, 1),
            SKEncodedOrigin.RightTop => (last - w + 1, -w, 1),
            SKEncodedOrigin.RightBottom => (last, -w, -1),
            SKEncodedOrigin.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        if (start == 0 && right == 1)
        {
            return image;
        }
        RgbaImage upright = SwapsSides(origin) ? new(h, w) : new(w, h);
        Copy(MemoryMarshal.Cast<byte, uint>(image.Pixels), MemoryMarshal.Cast<byte, uint>(upright.Pixels),
            upright.Width, upright.Height, start, right, down);
        image.Dispose();
        return upright;
    }

    private static void Copy(ReadOnlySpan<uint> stored, Span<uint> upright, int width, int height, int start, int right, int down)
    {
        for (int top = 0; top < height; top += Tile)
        {
            int bottom = Math.Min(top + Tile, height);
            for (int left = 0; left < width; left += Tile)
            {
                int end = Math.Min(left + Tile, width);
                for (int y = top; y < bottom; y++)
                {
                    int from = start + left * right + y * down;
                    for (int x = left; x < end; x++, from += right)
                    {
                        upright[y * width + x] = stored[from];
                    }
                }
            }
        }
    }
}
