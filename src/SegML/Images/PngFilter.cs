using System.Numerics;

namespace SegML.Images;

/// <summary>Undoes the filters of PNG rows (W3C PNG, section 9).</summary>
internal static class PngFilter
{
    /// <summary>Restores a row in place.</summary>
    /// <param name="filter">The filter's number, 0 to 4.</param>
    /// <param name="row">The row.</param>
    /// <param name="above">The restored row above; empty for the first row of a pass.</param>
    /// <param name="left">Bytes between a byte and its left neighbour's: a pixel's size, at least 1.</param>
    /// <returns>Whether there is such a filter.</returns>
    public static bool Undo(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int left)
    {
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                Sub(row, left);
                return true;
            case 2:
                Up(row, above);
                return true;
            case 3:
                Average(row, above, left);
                return true;
            case 4:
                Paeth(row, above, left);
                return true;
            default:
                return false;
        }
    }

    private static void Sub(Span<byte> row, int left)
    {
        for (int i = left; i < row.Length; i++)
        {
            row[i] += row[i - left];
        }
    }

    private static void Up(Span<byte> row, ReadOnlySpan<byte> above)
    {
        if (above.IsEmpty)
        {
            return;
        }
        int i = 0;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(row[i..]) + new Vector<byte>(above[i..])).CopyTo(row[i..]);
        }
        for (; i < row.Length; i++)
        {
            row[i] += above[i];
        }
    }

    private static void Average(Span<byte> row, ReadOnlySpan<byte> above, int left)
    {
        for (int channel = 0; channel < left; channel++)
        {
            int a = 0;
            for (int i = channel; i < row.Length; i += left)
            {
                int b = above.IsEmpty ? 0 : above[i];
                a = row[i] = (byte)(row[i] + ((a + b) >> 1));
            }
        }
    }

    // Channel by channel, because then the left and the upper left neighbour stay in registers.
    private static void Paeth(Span<byte> row, ReadOnlySpan<byte> above, int left)
    {
        if (above.IsEmpty)
        {
            Sub(row, left);
            return;
        }
        above = above[..row.Length];
        for (int channel = 0; channel < left; channel++)
        {
            int a = 0, c = 0;
            for (int i = channel; i < row.Length; i += left)
            {
                int b = above[i];
                int toA = Math.Abs(b - c), toB = Math.Abs(a - c), toC = Math.Abs(a + b - 2 * c);
                int nearest = toB <= toC ? b : c;
                nearest = toA <= Math.Min(toB, toC) ? a : nearest;
                a = row[i] = (byte)(row[i] + nearest);
                c = b;
            }
        }
    }
}
