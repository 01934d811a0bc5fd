namespace SegML.Masks;

/// <summary>
/// A mask: one class id a pixel, row by row. Ids are 0 to <c>Classes.Count - 1</c>, or the ignore index. The ids belong to
/// the mask and are ordinary memory: nothing needs disposing.
/// </summary>
public sealed class SegmentationMask
{
    private readonly byte[] _ids;

    /// <summary>Wraps ids without copying them.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="ids"><c>width * height</c> ids.</param>
    /// <param name="classes">What the ids mean.</param>
    /// <exception cref="ArgumentException">The array's length is not width * height.</exception>
    public SegmentationMask(int width, int height, byte[] ids, ClassSet classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(classes);
        if (ids.Length != (long)width * height)
        {
            throw new ArgumentException($"a {width}x{height} mask needs {(long)width * height} ids, not {ids.Length}", nameof(ids));
        }
        Width = width;
        Height = height;
        _ids = ids;
        Classes = classes;
    }

    /// <summary>Creates a mask whose every id is 0.</summary>
    public SegmentationMask(int width, int height, ClassSet classes)
        : this(width, height, new byte[checked(width * height)], classes)
    {
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>What the ids mean.</summary>
    public ClassSet Classes { get; }

    /// <summary>The ids, row by row.</summary>
    public Span<byte> Ids => _ids;

    /// <summary>The id at a pixel.</summary>
    public byte this[int x, int y] => _ids[y * Width + x];
}
