using System.Buffers;

namespace SegML.Images;

/// <summary>
/// A decoded image: 8-bit red, green, blue, alpha, not premultiplied, row by row without padding. Alpha is carried but
/// never used as input of a network. The memory is rented; <see cref="Dispose"/> gives it back, and an image that is
/// never disposed is merely collected.
/// </summary>
public sealed class RgbaImage : IDisposable
{
    private byte[]? _pixels;

    /// <summary>Creates an image whose pixels are not yet set (the memory is rented and not cleared).</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or there are more than 2^31 bytes.</exception>
    public RgbaImage(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)width * height * 4, Array.MaxLength, nameof(width));
        Width = width;
        Height = height;
        _pixels = ArrayPool<byte>.Shared.Rent(width * height * 4);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels: <c>Width * Height * 4</c> bytes, R G B A.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsSpan(0, Width * Height * 4);
        }
    }

    /// <summary>One row: <c>Width * 4</c> bytes.</summary>
    public Span<byte> Row(int y) => Pixels.Slice(y * Width * 4, Width * 4);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        byte[]? pixels = Interlocked.Exchange(ref _pixels, null);
        if (pixels is not null)
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }
}
