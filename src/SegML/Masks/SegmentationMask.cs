using System.Buffers;

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

    /// <summary>Resizes to the nearest pixel: destination x takes source <c>floor((x + 0.5) * Width / width)</c>.</summary>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <returns>A new mask with the same classes.</returns>
    public SegmentationMask Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var result = new SegmentationMask(width, height, Classes);
        int[] columns = ArrayPool<int>.Shared.Rent(width);
        for (int x = 0; x < width; x++)
        {
            columns[x] = Nearest(x, Width, width);
        }
        int last = -1;
        for (int y = 0; y < height; y++)
        {
            int from = Nearest(y, Height, height);
            Span<byte> row = result.Ids.Slice(y * width, width);
            if (from == last)
            {
                result.Ids.Slice((y - 1) * width, width).CopyTo(row);
                continue;
            }
            last = from;
            ReadOnlySpan<byte> source = _ids.AsSpan(from * Width, Width);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = source[columns[x]];
            }
        }
        ArrayPool<int>.Shared.Return(columns);
        return result;
    }

    private static int Nearest(int position, int source, int destination) =>
        (int)((2L * position + 1) * source / (2L * destination));
}
