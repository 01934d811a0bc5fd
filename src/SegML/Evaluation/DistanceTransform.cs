using System.Buffers;

namespace SegML.Evaluation;

/// <summary>Exact Euclidean distances on a grid in linear time (Meijster, Roerdink and Hesselink 2000).</summary>
internal static class DistanceTransform
{
    /// <summary>The distance from each marked cell to the nearest cell of another marking, in cells between centres.</summary>
    /// <param name="from">1 where a distance is wanted, width * height values.</param>
    /// <param name="to">1 where it leads to; at least one cell.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="distances">Receives the distances, in the order of the cells.</param>
    /// <returns>How many there are.</returns>
    public static int Distances(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int width, int height, Span<double> distances)
    {
        int[] rented = ArrayPool<int>.Shared.Rent(width * height), stack = ArrayPool<int>.Shared.Rent(2 * width);
        Span<int> down = rented.AsSpan(0, width * height);
        Columns(to, width, height, down);
        int count = 0;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> wanted = from.Slice(y * width, width);
            if (wanted.Contains((byte)1))
            {
                count += Row(wanted, down.Slice(y * width, width), stack.AsSpan(0, width), stack.AsSpan(width, width), distances[count..]);
            }
        }
        ArrayPool<int>.Shared.Return(rented);
        ArrayPool<int>.Shared.Return(stack);
        return count;
    }

    // For each cell the distance to the nearest marked one of its column; width + height, which is beyond all others, where there is none.
    private static void Columns(ReadOnlySpan<byte> to, int width, int height, Span<int> down)
    {
        int none = width + height;
        for (int x = 0; x < width; x++)
        {
            down[x] = to[x] != 0 ? 0 : none;
        }
        for (int i = width; i < down.Length; i++)
        {
            down[i] = to[i] != 0 ? 0 : Math.Min(none, down[i - width] + 1);
        }
        for (int i = down.Length - width - 1; i >= 0; i--)
        {
            down[i] = Math.Min(down[i], down[i + width] + 1);
        }
    }

    // The lower envelope of the columns' parabolas, read from right to left where a distance is wanted.
    private static int Row(ReadOnlySpan<byte> wanted, ReadOnlySpan<int> down, Span<int> vertex, Span<int> start, Span<double> distances)
    {
        int top = 0;
        (vertex[0], start[0]) = (0, 0);
        for (int u = 1; u < down.Length; u++)
        {
            while (top >= 0 && Squared(start[top], vertex[top], down) > Squared(start[top], u, down))
            {
                top--;
            }
            if (top < 0)
            {
                (top, vertex[0]) = (0, u);
                continue;
            }
            long crossing = 1 + Crossing(vertex[top], u, down);
            if (crossing < down.Length)
            {
                top++;
                (vertex[top], start[top]) = (u, (int)crossing);
            }
        }
        int count = wanted.Count((byte)1), at = count;
        for (int x = down.Length - 1; x >= 0; x--)
        {
            if (wanted[x] != 0)
            {
                distances[--at] = Math.Sqrt(Squared(x, vertex[top], down));
            }
            if (x == start[top])
            {
                top--;
            }
        }
        return count;
    }

    private static long Squared(int x, int column, ReadOnlySpan<int> down) =>
        (long)(x - column) * (x - column) + (long)down[column] * down[column];

    private static long Crossing(int i, int u, ReadOnlySpan<int> down) =>
        ((long)u * u - (long)i * i + (long)down[u] * down[u] - (long)down[i] * down[i]) / (2L * (u - i));
}
