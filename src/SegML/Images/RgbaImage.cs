namespace SegML.Images;

/// <summary>
/// A decoded image of bytes: red, green, blue, alpha, not premultiplied. Alpha is carried and no input of a network, unless the input's bands
/// name it.
/// </summary>
public sealed class RgbaImage : RasterImage
{
    /// <summary>Creates an image whose pixels are not yet set (the memory is rented and not cleared).</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or there are more than 2^31 bytes.</exception>
    public RgbaImage(int width, int height)
        : base(width, height, 4)
    {
    }

    /// <summary>The pixels: <c>Width * Height * 4</c> bytes, R G B A.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<byte> Pixels => Bytes;

    /// <summary>One row: <c>Width * 4</c> bytes.</summary>
    public Span<byte> Row(int y) => BytesOfRow(y);

    /// <inheritdoc/>
    public override RgbaImage ToRgba()
    {
        var copy = new RgbaImage(Width, Height);
        Pixels.CopyTo(copy.Pixels);
        return copy;
    }

    internal override RasterImage Create(int width, int height) => new RgbaImage(width, height);
}
