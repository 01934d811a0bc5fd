using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>Rectangles on images; what lies outside is left out.</summary>
internal static class Paint
{
    /// <summary>Fills a rectangle.</summary>
    /// <param name="image">Where to.</param>
    /// <param name="x">Left edge in pixels.</param>
    /// <param name="y">Top edge in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="color">The colour.</param>
    /// <param name="opacity">0 (nothing) to 256 (covers).</param>
    public static void Fill(RgbaImage image, int x, int y, int width, int height, Rgb color, int opacity = 256)
    {
        var tint = new Tint(color, opacity);
        int left = Math.Max(0, x), right = Math.Min(image.Width, x + width);
        for (int row = Math.Max(0, y); row < Math.Min(image.Height, y + height); row++)
        {
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Row(row));
            for (int i = left; i < right; i++)
            {
                pixels[i] = tint.Apply(pixels[i]);
            }
        }
    }
}
