using System.Runtime.InteropServices;

namespace SegML.Images;

/// <summary>
/// A decoded image of floats, for files with more than 8 bits or more than 4 channels. Whole numbers become shares of their greatest value, so
/// that a 16-bit 0x0DFF is 0x0DFF / 65535; floats are as they are stored.
/// </summary>
public sealed class DeepImage : RasterImage
{
    /// <summary>Creates an image whose values are not yet set (the memory is rented and not cleared).</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="channels">Channels, at least 1: grey; grey and alpha; red, green, blue; these and alpha; or any other bands.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1, or there are more than 2^31 bytes.</exception>
    public DeepImage(int width, int height, int channels)
        : base(width, height, checked(sizeof(float) * Math.Max(1, channels)))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        Channels = channels;
    }

    /// <summary>Values a pixel.</summary>
    public int Channels { get; }

    /// <summary>The values, [H, W, C]: a pixel's channels lie side by side.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<float> Values => MemoryMarshal.Cast<byte, float>(Bytes);

    /// <summary>One row: <c>Width * Channels</c> values.</summary>
    public Span<float> Row(int y) => MemoryMarshal.Cast<byte, float>(BytesOfRow(y));

    /// <summary>The image as 8-bit RGB to be looked at: its first three channels, or the first as grey. Values beyond 0..1 are spread over what there is.</summary>
    /// <inheritdoc cref="RasterImage.ToRgba" path="/returns"/>
    public override RgbaImage ToRgba()
    {
        var image = new RgbaImage(Width, Height);
        ReadOnlySpan<float> values = Values;
        (float least, float scale) = Range(values);
        int green = Channels >= 3 ? 1 : 0, blue = Channels >= 3 ? 2 : 0;
        for (int i = 0, from = 0; i < image.Pixels.Length; i += 4, from += Channels)
        {
            image.Pixels[i] = Byte(values[from]);
            image.Pixels[i + 1] = Byte(values[from + green]);
            image.Pixels[i + 2] = Byte(values[from + blue]);
            image.Pixels[i + 3] = 255;
        }
        return image;

        // What is no number becomes 0.
        byte Byte(float value) => (byte)(Math.Clamp((value - least) * scale, 0, 255) is var level && level > 0 ? level + 0.5f : 0);
    }

    internal override RasterImage Create(int width, int height) => new DeepImage(width, height, Channels);

    private static (float Least, float Scale) Range(ReadOnlySpan<float> values)
    {
        float least = 0, most = 1;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }
        }
        return (least, 255 / (most - least));
    }
}
