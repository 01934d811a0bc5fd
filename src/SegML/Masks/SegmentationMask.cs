
namespace SegML.Masks;

/// <summary>
/// A mask: one class id a pixel, row by row. Ids are 0 to <c>Classes.Count - 1</c>, or the ignore index; where classes overlap, a pixel's byte is the
/// set of its classes (<see cref="ClassSet.Thresholds"/>), and <see cref="Of"/> takes one of them out. A predicted mask
/// is in rented memory: an application that scores one image after the other disposes each mask when it is done
/// with it, and the next one takes its memory. A mask that is never disposed is merely collected. After
/// <see cref="Dispose"/> nothing may use the mask, nor a span that was taken from it.
/// </summary>
public sealed class SegmentationMask : IDisposable
{
    private readonly bool _rented;
    private byte[]? _ids;

    /// <summary>Wraps ids without copying them. They stay the caller's, also when the mask is disposed.</summary>
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

    private SegmentationMask(int width, int height, ClassSet classes, byte[] rented)
    {
        Width = width;
        Height = height;
        Classes = classes;
        _ids = rented;
        _rented = true;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>What the ids mean.</summary>
    public ClassSet Classes { get; }

    /// <summary>The ids, row by row.</summary>
    /// <exception cref="ObjectDisposedException">The mask was disposed.</exception>
    public Span<byte> Ids
    {
        get
        {
            // Rented memory may be longer than asked for.
            ObjectDisposedException.ThrowIf(_ids is null, this);
            return _ids.AsSpan(0, Width * Height);
        }
    }

    /// <summary>The id at a pixel.</summary>
    /// <exception cref="ObjectDisposedException">The mask was disposed.</exception>
    public byte this[int x, int y] => Ids[y * Width + x];

    /// <summary>A mask in rented memory, its ids not yet set.</summary>
    internal static SegmentationMask Rent(int width, int height, ClassSet classes) =>
        new(width, height, classes, Rented.Rent<byte>(checked(width * height)));

    /// <summary>One class of a mask whose classes overlap, as a mask of its own.</summary>
    /// <param name="id">The class's id.</param>
    /// <returns>A mask of the classes "other" (0) and the class's name (1), in rented memory: dispose it when done with it.</returns>
    /// <exception cref="InvalidOperationException">The mask's classes do not overlap.</exception>
    /// <exception cref="ObjectDisposedException">The mask was disposed.</exception>
    public SegmentationMask Of(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Classes.Count);
        if (!Classes.IsMultiLabel)
        {
            throw new InvalidOperationException("the mask's classes do not overlap: compare its ids with the class's");
        }
        SegmentationMask one = Rent(Width, Height, Alone(id, Classes));
        ReadOnlySpan<byte> from = Ids;
        Span<byte> to = one.Ids;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = from[i] == Classes.IgnoreIndex ? from[i] : (byte)(from[i] >> id & 1);
        }
        return one;
    }

    /// <summary>The classes of <see cref="Of"/>.</summary>
    internal static ClassSet Alone(int id, ClassSet classes) => new(
    [
        new SegmentationClass { Id = 0, Name = classes.Names[id] == "other" ? "none" : "other", Color = default },
        new SegmentationClass { Id = 1, Name = classes.Names[id], Color = classes.ColorOf((byte)(1 << id)) },
    ], classes.Ignore with { From = null }, classes.Source);

    /// <summary>Each class's share of the pixels that are not ignored.</summary>
    /// <returns>A share of 0 to 1 by class id; they sum to 1 unless classes overlap, or are all 0 where every pixel is ignored.</returns>
    /// <exception cref="ObjectDisposedException">The mask was disposed.</exception>
    public double[] Shares()
    {
        Span<long> counts = stackalloc long[256];
        counts.Clear();
        foreach (byte id in Ids)
        {
            counts[id]++;
        }
        long sum = 0;
        foreach (long count in counts[..Classes.Values])
        {
            sum += count;
        }
        return [.. Classes.ByClass(counts).Select(count => sum == 0 ? 0 : (double)count / sum)];
    }

    /// <summary>Resizes to the nearest pixel: destination x takes source <c>floor((x + 0.5) * Width / width)</c>.</summary>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <returns>A new mask with the same classes.</returns>
    public SegmentationMask Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var result = new SegmentationMask(width, height, Classes);
        int[] columns = Rented.Rent<int>(width);
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
            ReadOnlySpan<byte> source = Ids.Slice(from * Width, Width);
            for (int x = 0; x < row.Length; x++)
            {
                row[x] = source[columns[x]];
            }
        }
        Rented.Return(columns);
        return result;
    }

    /// <summary>Gives rented memory back. Later use throws.</summary>
    public void Dispose()
    {
        byte[]? ids = Interlocked.Exchange(ref _ids, null);
        if (ids is not null && _rented)
        {
            Rented.Return(ids);
        }
    }

    private static int Nearest(int position, int source, int destination) =>
        (int)((2L * position + 1) * source / (2L * destination));
}
