using System.Runtime.InteropServices;
using SegML.Images;

namespace SegML.Training.Data;

/// <summary>A decoded image and mask at the reference size, as plain bytes: in memory, or in a file that is mapped there.</summary>
internal sealed class Sample
{
    private readonly ReadOnlyMemory<byte> _pixels, _ids;

    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="rgba">4 * width * height bytes, R G B A.</param>
    /// <param name="ids">width * height class ids or ignore indices.</param>
    public Sample(int width, int height, byte[] rgba, byte[] ids)
        : this(width, height, rgba.AsMemory(), ids.AsMemory())
    {
    }

    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="pixels">The pixels: R G B A, or floats.</param>
    /// <param name="ids">width * height class ids or ignore indices.</param>
    /// <param name="channels">Floats a pixel; 0: the pixels are bytes.</param>
    public Sample(int width, int height, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> ids, int channels = 0)
    {
        (Width, Height, Channels) = (width, height, channels);
        (_pixels, _ids) = (pixels, ids);
    }

    /// <summary>A sample of a copy of an image and its mask, which are of one size.</summary>
    public static Sample Of(RasterImage image, ReadOnlySpan<byte> ids) =>
        new(image.Width, image.Height, image.Bytes.ToArray(), ids.ToArray(), (image as DeepImage)?.Channels ?? 0);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Floats a pixel, of an image with more than 8 bits or more than 4 channels; 0: its pixels are bytes.</summary>
    public int Channels { get; }

    /// <summary>The pixels: 4 * Width * Height bytes, R G B A, or the bytes of <see cref="Values"/>.</summary>
    public ReadOnlySpan<byte> Rgba => _pixels.Span;

    /// <summary>Channels * Width * Height floats, a pixel's side by side; empty where the pixels are bytes.</summary>
    public ReadOnlySpan<float> Values => Channels == 0 ? [] : MemoryMarshal.Cast<byte, float>(_pixels.Span);

    /// <summary>Width * Height class ids or ignore indices.</summary>
    public ReadOnlySpan<byte> Ids => _ids.Span;

    /// <summary>Bytes that it holds.</summary>
    public long Size => (long)_pixels.Length + _ids.Length;

    /// <summary>An image of the sample's kind whose pixels are not yet set.</summary>
    public RasterImage CreateImage(int width, int height) => Channels == 0 ? new RgbaImage(width, height) : new DeepImage(width, height, Channels);

    /// <summary>A copy of its image, which the caller disposes.</summary>
    public RasterImage ToImage()
    {
        RasterImage image = CreateImage(Width, Height);
        Rgba.CopyTo(image.Bytes);
        return image;
    }

    /// <summary>Adds its pixels to counts by mask value, 256 of them, which other threads may be adding to.</summary>
    public void Count(long[] pixels)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte id in Ids)
        {
            counts[id]++;
        }
        lock (pixels)
        {
            for (int id = 0; id < counts.Length; id++)
            {
                pixels[id] += counts[id];
            }
        }
    }
}
