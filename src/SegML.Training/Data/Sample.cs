namespace SegML.Training.Data;

/// <summary>A decoded image and mask at the reference size, as plain bytes: in memory, or in a file that is mapped there.</summary>
internal sealed class Sample
{
    private readonly ReadOnlyMemory<byte> _rgba, _ids;

    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="rgba">4 * width * height bytes, R G B A.</param>
    /// <param name="ids">width * height class ids or ignore indices.</param>
    public Sample(int width, int height, byte[] rgba, byte[] ids)
        : this(width, height, rgba.AsMemory(), ids.AsMemory())
    {
    }

    /// <inheritdoc cref="Sample(int, int, byte[], byte[])"/>
    public Sample(int width, int height, ReadOnlyMemory<byte> rgba, ReadOnlyMemory<byte> ids)
    {
        (Width, Height) = (width, height);
        (_rgba, _ids) = (rgba, ids);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>4 * Width * Height bytes, R G B A.</summary>
    public ReadOnlySpan<byte> Rgba => _rgba.Span;

    /// <summary>Width * Height class ids or ignore indices.</summary>
    public ReadOnlySpan<byte> Ids => _ids.Span;

    /// <summary>Bytes that it holds.</summary>
    public long Size => (long)_rgba.Length + _ids.Length;

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
