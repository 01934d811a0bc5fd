using System.Buffers;

namespace SegML.Images;

/// <summary>
/// Pillow's bilinear resize of bytes, to the bit: first each row, then each column, with weights of 22 bits and rounded to bytes after both
/// (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c describes it). Networks trained in Python saw images that were resized so.
/// </summary>
internal static class PillowResize
{
    private const int Bits = 32 - 8 - 2;

    /// <summary>Resizes into an image of another size.</summary>
    public static void Run(RgbaImage source, RgbaImage destination)
    {
        int width = destination.Width, height = destination.Height;
        byte[] rented = ArrayPool<byte>.Shared.Rent(width * source.Height * 4);
        try
        {
            Span<byte> rows = rented.AsSpan(0, width * source.Height * 4);
            if (width == source.Width)
            {
                source.Pixels.CopyTo(rows);
            }
            else
            {
                Across(source.Pixels, source.Width, rows, width, source.Height);
            }
            if (height == source.Height)
            {
                rows.CopyTo(destination.Pixels);
            }
            else
            {
                Down(rows, source.Height, destination.Pixels, height, width * 4);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void Across(ReadOnlySpan<byte> from, int fromWidth, Span<byte> to, int width, int height)
    {
        (int[] first, int[][] weights) = Axis(fromWidth, width);
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = from.Slice(y * fromWidth * 4, fromWidth * 4);
            Span<byte> result = to.Slice(y * width * 4, width * 4);
            for (int x = 0; x < width; x++)
            {
                int r = 1 << (Bits - 1), g = r, b = r, a = r, at = 4 * first[x];
                foreach (int weight in weights[x])
                {
                    r += row[at] * weight;
                    g += row[at + 1] * weight;
                    b += row[at + 2] * weight;
                    a += row[at + 3] * weight;
                    at += 4;
                }
                (result[4 * x], result[4 * x + 1], result[4 * x + 2], result[4 * x + 3]) = ((byte)(r >> Bits), (byte)(g >> Bits), (byte)(b >> Bits), (byte)(a >> Bits));
            }
        }
    }

    private static void Down(ReadOnlySpan<byte> from, int fromHeight, Span<byte> to, int height, int length)
    {
        (int[] first, int[][] weights) = Axis(fromHeight, height);
        int[] rented = ArrayPool<int>.Shared.Rent(length);
        Span<int> sums = rented.AsSpan(0, length);
        for (int y = 0; y < height; y++)
        {
            sums.Fill(1 << (Bits - 1));
            int at = first[y] * length;
            foreach (int weight in weights[y])
            {
                ReadOnlySpan<byte> row = from.Slice(at, length);
                for (int i = 0; i < row.Length; i++)
                {
                    sums[i] += row[i] * weight;
                }
                at += length;
            }
            Span<byte> result = to.Slice(y * length, length);
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = (byte)(sums[i] >> Bits);
            }
        }
        ArrayPool<int>.Shared.Return(rented);
    }

    // A triangle of one new pixel to each side where the axis shrinks, of one old pixel where it grows.
    private static (int[] First, int[][] Weights) Axis(int source, int destination)
    {
        double scale = (double)source / destination, radius = Math.Max(scale, 1);
        int[] first = new int[destination];
        int[][] weights = new int[destination][];
        for (int i = 0; i < destination; i++)
        {
            double center = (i + 0.5) * scale;
            first[i] = Math.Max((int)(center - radius + 0.5), 0);
            int count = Math.Min((int)(center + radius + 0.5), source) - first[i];
            double[] exact = new double[count];
            double sum = 0;
            for (int s = 0; s < count; s++)
            {
                exact[s] = Math.Max(1 - Math.Abs((s + first[i] - center + 0.5) * (1 / radius)), 0);
                sum += exact[s];
            }
            weights[i] = [.. exact.Select(w => (int)(0.5 + (sum == 0 ? w : w / sum) * (1 << Bits)))];
        }
        return (first, weights);
    }
}
