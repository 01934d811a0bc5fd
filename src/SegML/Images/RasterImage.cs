using SkiaSharp;

namespace SegML.Images;

/// <summary>
/// An image in memory, row by row without padding: an <see cref="RgbaImage"/> of bytes, or a <see cref="DeepImage"/> of floats for files with more
/// than 8 bits or more than 4 channels. The memory is rented; <see cref="Dispose"/> gives it back, and an image that is never disposed is merely
/// collected.
/// </summary>
public abstract class RasterImage : IDisposable
{
    private byte[]? _bytes;

    private protected RasterImage(int width, int height, int pixelBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((Int128)width * height * pixelBytes, Array.MaxLength, nameof(width));
        (Width, Height, PixelBytes) = (width, height, pixelBytes);
        _bytes = Rented.Rent<byte>(width * height * pixelBytes);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Bytes a pixel.</summary>
    internal int PixelBytes { get; }

    /// <summary>All pixels: <c>Width * Height * PixelBytes</c> bytes.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    internal Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsSpan(0, Width * Height * PixelBytes);
        }
    }

    /// <summary>The image as 8-bit RGB to be looked at: the first three channels, or the first one as grey.</summary>
    /// <returns>A new image. Dispose it to give its memory back.</returns>
    public abstract RgbaImage ToRgba();

    /// <summary>An image of the same kind whose pixels are not yet set.</summary>
    internal abstract RasterImage Create(int width, int height);

    /// <summary>The bytes of one row.</summary>
    internal Span<byte> BytesOfRow(int y) => Bytes.Slice(y * Width * PixelBytes, Width * PixelBytes);

    /// <summary>The image turned upright from a stored orientation: a new image, whose sides may have changed places.</summary>
    internal RasterImage Turn(SKEncodedOrigin origin)
    {
        RasterImage turned = Orientation.SwapsSides(origin) ? Create(Height, Width) : Create(Width, Height);
        Orientation.Apply(Bytes, Width, Height, origin, turned.Bytes, PixelBytes);
        return turned;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        byte[]? bytes = Interlocked.Exchange(ref _bytes, null);
        if (bytes is not null)
        {
            Rented.Return(bytes);
        }
    }
}
