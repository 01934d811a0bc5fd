using System.Runtime.InteropServices;
using SegML.Images;
using SegML.Masks;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.PixelFormats;

namespace SegML.ImageSharp;

/// <summary>Copies images and masks between SegML and ImageSharp. Nothing is disposed; each side keeps its own memory.</summary>
public static class ImageSharpImages
{
    /// <summary>An opaque image of SegML's.</summary>
    public static RgbaImage ToRgbaImage(this Image<Rgb24> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Copy(image, (from, to) =>
        {
            for (int x = 0; x < from.Length; x++)
            {
                to[x] = from[x].R | (uint)from[x].G << 8 | (uint)from[x].B << 16 | 0xFF000000;
            }
        });
    }

    /// <summary>An opaque grey image of SegML's.</summary>
    public static RgbaImage ToRgbaImage(this Image<L8> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Copy(image, (from, to) =>
        {
            for (int x = 0; x < from.Length; x++)
            {
                to[x] = from[x].PackedValue * 0x010101u | 0xFF000000;
            }
        });
    }

    /// <summary>An image of ImageSharp's; alpha is dropped.</summary>
    public static Image<Rgb24> ToRgb24(this RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var result = new Image<Rgb24>(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> from = image.Row(y);
            Span<Rgb24> to = result.DangerousGetPixelRowMemory(y).Span;
            for (int x = 0; x < to.Length; x++)
            {
                to[x] = new Rgb24(from[4 * x], from[4 * x + 1], from[4 * x + 2]);
            }
        }
        return result;
    }

    /// <summary>A mask's class ids as grey levels.</summary>
    public static Image<L8> ToL8(this SegmentationMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Image.LoadPixelData<L8>(mask.Ids, mask.Width, mask.Height);
    }

    /// <summary>A mask from grey levels that are class ids.</summary>
    /// <param name="image">The image.</param>
    /// <param name="classes">What the ids mean.</param>
    /// <exception cref="MaskFormatException">A level is neither a class id nor the ignore index.</exception>
    public static SegmentationMask ToMask(this Image<L8> image, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(classes);
        byte[] ids = new byte[image.Width * image.Height];
        image.CopyPixelDataTo(ids);
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i] >= classes.Count && ids[i] != classes.IgnoreIndex)
            {
                throw new MaskFormatException("the image",
                    $"holds {ids[i]} at ({i % image.Width}, {i / image.Width}), not among the {classes.Count} classes or ignore index "
                    + classes.IgnoreIndex,
                    "translate its levels into class ids first");
            }
        }
        return new SegmentationMask(image.Width, image.Height, ids, classes);
    }

    internal static RgbaImage FromRgba32(Image<Rgba32> image)
    {
        return Copy(image, (from, to) => MemoryMarshal.Cast<Rgba32, uint>(from).CopyTo(to));
    }

    private static RgbaImage Copy<TPixel>(Image<TPixel> image, RowCopy<TPixel> copy)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        var result = new RgbaImage(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            copy(image.DangerousGetPixelRowMemory(y).Span, MemoryMarshal.Cast<byte, uint>(result.Row(y)));
        }
        return result;
    }

    private delegate void RowCopy<TPixel>(ReadOnlySpan<TPixel> from, Span<uint> to);
}
