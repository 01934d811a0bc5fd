using SegML.Images;
using SegML.Masks;

namespace SegML.Drawing;

/// <summary>What a mask can be turned into: pictures and files.</summary>
public static class SegmentationMaskConversions
{
    /// <summary>The mask in its class colours.</summary>
    /// <returns>An opaque image of the mask's size. Dispose it to give its memory back.</returns>
    public static RgbaImage ToImage(this SegmentationMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var image = new RgbaImage(mask.Width, mask.Height);
        Span<uint> colors = stackalloc uint[256];
        for (int id = 0; id < colors.Length; id++)
        {
            Rgb color = mask.Classes.ColorOf((byte)id);
            colors[id] = 0xFF000000 | (uint)color.B << 16 | (uint)color.G << 8 | color.R;
        }
        Span<uint> pixels = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(image.Pixels);
        ReadOnlySpan<byte> ids = mask.Ids;
        for (int i = 0; i < ids.Length; i++)
        {
            pixels[i] = colors[ids[i]];
        }
        return image;
    }

    /// <summary>The mask as an indexed PNG: its ids, with the class colours as palette.</summary>
    /// <returns>The content of a PNG file.</returns>
    public static byte[] ToPng(this SegmentationMask mask) => MaskFile.EncodePng(mask);

    /// <summary>Writes the mask as an indexed PNG, whole or not at all.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="path">The file, usually .png.</param>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Save(this SegmentationMask mask, string path) => MaskFile.Write(path, mask);

    /// <summary>Draws the mask over an image.</summary>
    /// <inheritdoc cref="Overlay.Draw"/>
    public static RgbaImage DrawOver(this SegmentationMask mask, RgbaImage image, OverlayOptions? options = null) =>
        Overlay.Draw(image, mask, options);
}
