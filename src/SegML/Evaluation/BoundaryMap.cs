using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// The boundary pixels of a mask: a byte a pixel, its class id where it lies on that class's boundary, else
/// <see cref="None"/>. Rows have two columns of None between them and two rows of None above and below, so that the
/// neighbours of any pixel are at fixed distances in memory and a whole image is one loop over vectors.
/// </summary>
internal sealed class BoundaryMap : IDisposable
{
    /// <summary>No class's id: there are at most 255.</summary>
    private const byte None = 255;

    private const int Pad = BoundaryMatches.Tolerance;

    private readonly byte[] _cells;
    private readonly int _stride, _first, _end;

    private BoundaryMap(int width, int height)
    {
        _stride = width + Pad;
        _first = Pad * _stride + Pad;
        _end = checked(_first + height * _stride);
        // The last vector may begin at the last pixel, and reads as far as its neighbours go.
        _cells = ArrayPool<byte>.Shared.Rent(checked(_end + Pad * _stride + Vector256<byte>.Count + Pad));
        _cells.AsSpan().Fill(None);
    }

    /// <summary>Finds the boundaries of a mask.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="truth">The true mask, of the same size; where it is no class, the map has no pixel.</param>
    public static BoundaryMap Of(SegmentationMask mask, SegmentationMask truth)
    {
        using var pixels = new BoundaryMap(mask.Width, mask.Height);
        for (int y = 0; y < mask.Height; y++)
        {
            int row = y * mask.Width;
            Select(mask.Ids.Slice(row, mask.Width), truth.Ids.Slice(row, mask.Width), (byte)truth.Classes.Count,
                pixels._cells.AsSpan(pixels._first + y * pixels._stride, mask.Width));
        }
        var map = new BoundaryMap(mask.Width, mask.Height);
        map.FindIn(pixels);
        return map;
    }

    /// <summary>Counts this map's boundary pixels by class, and those that another map has within the tolerance.</summary>
    public void CountMatches(BoundaryMap other, long[] all, long[] matched)
    {
        ref byte here = ref MemoryMarshal.GetArrayDataReference(_cells), there = ref MemoryMarshal.GetArrayDataReference(other._cells);
        Vector256<byte> none = Vector256.Create(None);
        for (int i = _first; i < _end; i += Vector256<byte>.Count)
        {
            Vector256<byte> ids = Vector256.LoadUnsafe(ref here, (nuint)i);
            uint boundary = ~Vector256.Equals(ids, none).ExtractMostSignificantBits();
            if (boundary == 0)
            {
                continue;
            }
            uint near = Near(ref there, i, ids);
            for (; boundary != 0; boundary &= boundary - 1)
            {
                int bit = BitOperations.TrailingZeroCount(boundary);
                byte id = _cells[i + bit];
                all[id]++;
                matched[id] += near >> bit & 1;
            }
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_cells);

    /// <summary>One bit a pixel: whether the same id is among the 13 pixels at a distance of at most 2.</summary>
    private uint Near(ref byte there, int at, Vector256<byte> ids)
    {
        Vector256<byte> near = Same(ref there, at - 2 * _stride, ids) | Same(ref there, at + 2 * _stride, ids);
        for (int x = -2; x <= 2; x++)
        {
            near |= Same(ref there, at + x, ids);
        }
        for (int x = -1; x <= 1; x++)
        {
            near |= Same(ref there, at - _stride + x, ids) | Same(ref there, at + _stride + x, ids);
        }
        return near.ExtractMostSignificantBits();
    }

    /// <summary>Keeps the pixels that have one of another class beside them.</summary>
    private void FindIn(BoundaryMap pixels)
    {
        ref byte from = ref MemoryMarshal.GetArrayDataReference(pixels._cells), to = ref MemoryMarshal.GetArrayDataReference(_cells);
        for (int i = _first; i < _end; i += Vector256<byte>.Count)
        {
            Vector256<byte> ids = Vector256.LoadUnsafe(ref from, (nuint)i);
            Vector256<byte> boundary = Other(ref from, i - 1, ids) | Other(ref from, i + 1, ids)
                | Other(ref from, i - _stride, ids) | Other(ref from, i + _stride, ids);
            Vector256.ConditionalSelect(boundary, ids, Vector256.Create(None)).StoreUnsafe(ref to, (nuint)i);
        }
    }

    private static Vector256<byte> Same(ref byte start, int at, Vector256<byte> ids) =>
        Vector256.Equals(Vector256.LoadUnsafe(ref start, (nuint)at), ids);

    private static Vector256<byte> Other(ref byte start, int at, Vector256<byte> ids)
    {
        Vector256<byte> beside = Vector256.LoadUnsafe(ref start, (nuint)at);
        return ~(Vector256.Equals(beside, ids) | Vector256.Equals(beside, Vector256.Create(None)));
    }

    /// <summary>Copies ids, save where the truth is no class.</summary>
    private static void Select(ReadOnlySpan<byte> ids, ReadOnlySpan<byte> truth, byte classes, Span<byte> to)
    {
        int i = 0;
        for (; i <= ids.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            Vector256<byte> counted = Vector256.LessThan(Vector256.Create(truth[i..]), Vector256.Create(classes));
            Vector256.ConditionalSelect(counted, Vector256.Create(ids[i..]), Vector256.Create(None)).CopyTo(to[i..]);
        }
        for (; i < ids.Length; i++)
        {
            to[i] = truth[i] < classes ? ids[i] : None;
        }
    }
}
