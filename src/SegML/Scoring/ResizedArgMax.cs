using System.Buffers;

namespace SegML.Scoring;

/// <summary>
/// Bilinear resizing of logits fused with the choice of the greatest. Four neighbouring logits form a cell. Where one
/// class wins at all four corners it wins everywhere in between, because each value in between is a weighted mean of the
/// corners': such cells, by far the most, are filled without interpolating anything.
/// </summary>
internal static class ResizedArgMax
{
    public static void Run(
        ReadOnlySpan<float> logits, int classes, int height, int width, ReadOnlySpan<byte> corners, Span<byte> ids, int outHeight, int outWidth)
    {
        int[] columns = ArrayPool<int>.Shared.Rent(outWidth);
        float[] weights = ArrayPool<float>.Shared.Rent(outWidth + 2 * classes);
        try
        {
            for (int x = 0; x < outWidth; x++)
            {
                (columns[x], weights[x]) = HalfPixel.Source(x, outWidth, width);
            }
            ReadOnlySpan<int> cells = columns.AsSpan(0, outWidth);
            Span<float> left = weights.AsSpan(outWidth, classes), slope = weights.AsSpan(outWidth + classes, classes);
            for (int y = 0; y < outHeight; y++)
            {
                (int top, float down) = HalfPixel.Source(y, outHeight, height);
                int bottom = Math.Min(top + 1, height - 1);
                Span<byte> row = ids.Slice(y * outWidth, outWidth);
                for (int x = 0; x < outWidth;)
                {
                    int near = cells[x], far = Math.Min(near + 1, width - 1), end = x + 1;
                    while (end < outWidth && cells[end] == near)
                    {
                        end++;
                    }
                    byte id = corners[top * width + near];
                    if (id == corners[top * width + far] && id == corners[bottom * width + near] && id == corners[bottom * width + far])
                    {
                        row[x..end].Fill(id);
                    }
                    else
                    {
                        for (int c = 0; c < classes; c++)
                        {
                            ReadOnlySpan<float> plane = logits.Slice(c * height * width, height * width);
                            left[c] = HalfPixel.Mix(plane[top * width + near], plane[bottom * width + near], down);
                            slope[c] = HalfPixel.Mix(plane[top * width + far], plane[bottom * width + far], down) - left[c];
                        }
                        Fill(left, slope, weights.AsSpan(x, end - x), row[x..end]);
                    }
                    x = end;
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(columns);
            ArrayPool<float>.Shared.Return(weights);
        }
    }

    private static void Fill(ReadOnlySpan<float> left, ReadOnlySpan<float> slope, ReadOnlySpan<float> weights, Span<byte> ids)
    {
        for (int x = 0; x < ids.Length; x++)
        {
            float weight = weights[x], best = left[0] + slope[0] * weight;
            int id = 0;
            for (int c = 1; c < left.Length; c++)
            {
                float value = left[c] + slope[c] * weight;
                if (value > best)
                {
                    best = value;
                    id = c;
                }
            }
            ids[x] = (byte)id;
        }
    }
}
