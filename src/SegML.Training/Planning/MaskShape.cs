using SegML.Masks;

namespace SegML.Training.Planning;

/// <summary>Where a mask's classes lie and how large their pieces are.</summary>
internal sealed class MaskShape
{
    // Pieces of fewer pixels are mostly slips of the hand that drew the mask.
    private const int LeastArea = 4;

    /// <summary>Measures a mask.</summary>
    public MaskShape(SegmentationMask mask)
    {
        int count = mask.Classes.Count;
        (Left, Right, Top, Bottom, Outline) = (new long[256], new long[256], new long[256], new long[256], new long[256]);
        ReadOnlySpan<byte> ids = mask.Ids;
        byte ignore = mask.Classes.IgnoreIndex;
        int half = mask.Width / 2;
        for (int y = 0; y < mask.Height; y++)
        {
            ReadOnlySpan<byte> row = ids.Slice(y * mask.Width, mask.Width);
            Count(row[..half], Left, 2 * y < mask.Height ? Top : Bottom);
            Count(row[half..], Right, 2 * y < mask.Height ? Top : Bottom);
            Compare(row[1..], row[..^1], ignore);
            if (y > 0)
            {
                Compare(row, ids.Slice((y - 1) * mask.Width, mask.Width), ignore);
            }
        }
        Side = Math.Sqrt((double)mask.Width * mask.Height);
        using ConnectedComponents components = ConnectedComponents.Find(mask, Connectivity.Eight);
        Pieces = [.. Enumerable.Range(0, components.Count)
            .Where(i => components.Areas[i] >= LeastArea && components.Values[i] < count)
            .Select(i => (components.Values[i], Math.Sqrt(components.Areas[i]) / Side))];
    }

    /// <summary>The root of the mask's area, in pixels.</summary>
    public double Side { get; }

    /// <summary>Pixels by mask value in the left half, and so on.</summary>
    public long[] Left { get; }

    /// <inheritdoc cref="Left"/>
    public long[] Right { get; }

    /// <inheritdoc cref="Left"/>
    public long[] Top { get; }

    /// <inheritdoc cref="Left"/>
    public long[] Bottom { get; }

    /// <summary>By mask value: edges of pixels on whose other side lies another class.</summary>
    public long[] Outline { get; }

    /// <summary>Connected components: the class and the root of the area as a share of the mask's side.</summary>
    public IReadOnlyList<(byte Class, double Side)> Pieces { get; }

    /// <summary>Pixels of a class.</summary>
    public long Pixels(int id) => Top[id] + Bottom[id];

    private static void Count(ReadOnlySpan<byte> ids, long[] first, long[] second)
    {
        // Neighbours mostly have one value.
        for (int x = 0; x < ids.Length;)
        {
            int length = ids[x..].IndexOfAnyExcept(ids[x]);
            length = length < 0 ? ids.Length - x : length;
            first[ids[x]] += length;
            second[ids[x]] += length;
            x += length;
        }
    }

    private void Compare(ReadOnlySpan<byte> ids, ReadOnlySpan<byte> others, byte ignore)
    {
        for (int x = ids.CommonPrefixLength(others); x < ids.Length; x++, x += ids[x..].CommonPrefixLength(others[x..]))
        {
            if (ids[x] != ignore && others[x] != ignore)
            {
                Outline[ids[x]]++;
                Outline[others[x]]++;
            }
        }
    }
}
