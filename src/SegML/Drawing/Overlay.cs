using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>Draws masks over images in the class colours.</summary>
public static class Overlay
{
    /// <summary>Draws a mask over an image. Ignored pixels keep the image's colour.</summary>
    /// <param name="image">The image; it is not changed.</param>
    /// <param name="mask">The mask, of the same size.</param>
    /// <param name="options">How it looks; null: the defaults.</param>
    /// <returns>A new image. Dispose it to give its memory back.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The opacity is not 0 to 1, or a class of the legend not 0 to 255.</exception>
    public static RgbaImage Draw(RgbaImage image, SegmentationMask mask, OverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(mask);
        options ??= OverlayOptions.Default;
        if (image.Width != mask.Width || image.Height != mask.Height)
        {
            throw new ArgumentException($"the mask is {mask.Width}x{mask.Height}, the image {image.Width}x{image.Height}", nameof(mask));
        }
        if (options.Opacity is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Opacity, "the opacity is 0 to 1");
        }
        if (options.LegendClasses.Any(id => id is < 0 or > byte.MaxValue))
        {
            throw new ArgumentOutOfRangeException(nameof(options), "class ids are 0 to 255");
        }
        var result = new RgbaImage(image.Width, image.Height);
        image.Pixels.CopyTo(result.Pixels);
        Span<bool> occurs = stackalloc bool[256];
        DrawClasses(result, mask, (int)Math.Round(options.Opacity * 256), options.Outline ? EdgeWidth(mask) : 0, occurs);
        if (options.Legend)
        {
            if (mask.Classes.IsMultiLabel)
            {
                // Of the sets that occur the legend lists the classes.
                Span<long> sets = stackalloc long[256];
                for (int id = 0; id < sets.Length; id++)
                {
                    sets[id] = occurs[id] ? 1 : 0;
                }
                long[] classes = mask.Classes.ByClass(sets);
                occurs.Clear();
                for (int id = 0; id < classes.Length; id++)
                {
                    occurs[id] = classes[id] > 0;
                }
            }
            foreach (int id in options.LegendClasses)
            {
                occurs[id] = true;
            }
            Legend.Draw(result, mask.Classes, occurs);
        }
        return result;
    }

    private static void DrawClasses(RgbaImage image, SegmentationMask mask, int opacity, int edge, Span<bool> occurs)
    {
        int width = mask.Width, classes = mask.Classes.Values, none = mask.Classes.IsMultiLabel ? 0 : byte.MaxValue + 1;
        var fills = new Tint[classes];
        var edges = new Tint[classes];
        for (int id = 0; id < classes; id++)
        {
            Rgb color = mask.Classes.ColorOf((byte)id);
            (fills[id], edges[id]) = (new Tint(color, opacity), new Tint(color, 256));
        }
        for (int y = 0; y < mask.Height; y++)
        {
            ReadOnlySpan<byte> ids = mask.Ids.Slice(y * width, width);
            ReadOnlySpan<byte> above = mask.Ids.Slice(Math.Max(0, y - edge) * width, width);
            ReadOnlySpan<byte> below = mask.Ids.Slice(Math.Min(mask.Height - 1, y + edge) * width, width);
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Row(y));
            for (int x = 0; x < ids.Length; x++)
            {
                byte id = ids[x];
                if (id >= classes || id == none)
                {
                    continue;
                }
                occurs[id] = true;
                bool onEdge = above[x] != id || below[x] != id
                    || ids[Math.Max(0, x - edge)] != id || ids[Math.Min(width - 1, x + edge)] != id;
                pixels[x] = (onEdge ? edges : fills)[id].Apply(pixels[x]);
            }
        }
    }

    // An edge stays visible when a large picture is looked at whole.
    private static int EdgeWidth(SegmentationMask mask) => Math.Max(1, Math.Min(mask.Width, mask.Height) / 600);
}
