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
        if (origin is SKEncodedOrigin.TopLeft or 0)
        {
            return image;
        }
        RgbaImage upright = SwapsSides(origin) ? new(image.Height, image.Width) : new(image.Width, image.Height);
        Apply(MemoryMarshal.Cast<byte, uint>(image.Pixels), image.Width, image.Height, origin, MemoryMarshal.Cast<byte, uint>(upright.Pixels));
        image.Dispose();
        return upright;
    }

    /// <summary>Copies stored pixels of some bytes each to their upright places.</summary>
    public static void Apply(ReadOnlySpan<byte> stored, int w, int h, SKEncodedOrigin origin, Span<byte> upright, int pixelBytes)
    {
        if (pixelBytes == sizeof(uint))
        {
            Apply(MemoryMarshal.Cast<byte, uint>(stored), w, h, origin, MemoryMarshal.Cast<byte, uint>(upright));
            return;
        }
        (int start, int right, int down) = Steps(w, h, origin);
        (int width, int height) = SwapsSides(origin) ? (h, w) : (w, h);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                stored.Slice((start + x * right + y * down) * pixelBytes, pixelBytes).CopyTo(upright[((y * width + x) * pixelBytes)..]);
            }
        }
    }

    /// <summary>Copies stored pixels of any kind to their upright places.</summary>
    public static void Apply<T>(ReadOnlySpan<T> stored, int w, int h, SKEncodedOrigin origin, Span<T> upright)
    {
        (int start, int right, int down) = Steps(w, h, origin);
        (int width, int height) = SwapsSides(origin) ? (h, w) : (w, h);
        Copy(stored, upright, width, height, start, right, down);
    }

    // The stored pixel of upright (0, 0), and how far one step right and one step down go in the stored image.
    private static (int Start, int Right, int Down) Steps(int w, int h, SKEncodedOrigin origin)
    {
        int last = w * h - 1;
        return origin switch
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
    }

    private static void Copy<T>(ReadOnlySpan<T> stored, Span<T> upright, int width, int height, int start, int right, int down)
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

/// <summary>How a stored image has to be turned to be upright.</summary>
internal readonly record struct ImageTurn(SKEncodedOrigin Origin)
{
    /// <summary>Whether the upright image's width is the stored image's height.</summary>
    public bool SwapsSides => Orientation.SwapsSides(Origin);

    /// <summary>Copies stored pixels to their upright places.</summary>
    public void Apply<T>(ReadOnlySpan<T> stored, int width, int height, Span<T> upright) => Orientation.Apply(stored, width, height, Origin, upright);
}
