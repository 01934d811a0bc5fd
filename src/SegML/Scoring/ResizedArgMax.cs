using System.Buffers;

namespace SegML.Scoring;

/// <summary>
/// Bilinear resizing of logits fused with the choice of the greatest. Four neighbouring logits form a cell, and each value
/// within is a weighted mean of the corners'. Hence a class that wins at all four corners wins in between: such cells, by
/// far the most, are filled without interpolating anything. And a class that one other beats at all four corners wins
/// nowhere in between: in the cells that are left it is not interpolated. What is found of a row of cells serves all
/// output rows that cross it.
/// </summary>
internal static class ResizedArgMax
{
    public static void Run(
        ReadOnlySpan<float> logits, int classes, int height, int width, ReadOnlySpan<byte> corners, Span<byte> ids, int outHeight, int outWidth)
    {
        int most = Math.Min(width, outWidth);
        Cell[] rentedCells = ArrayPool<Cell>.Shared.Rent(2 * most);
        byte[] rentedRivals = ArrayPool<byte>.Shared.Rent(most * classes);
        float[] rentedValues = ArrayPool<float>.Shared.Rent(outWidth + 2 * classes + 4 * most * classes);
        try
        {
            Span<float> weights = rentedValues.AsSpan(0, outWidth);
            Span<float> left = rentedValues.AsSpan(outWidth, classes), slope = rentedValues.AsSpan(outWidth + classes, classes);
            var row = new CellRow(logits, classes, height, width, corners, rentedRivals, rentedValues.AsSpan(outWidth + 2 * classes));
            Span<Cell> all = Columns(rentedCells, weights, width), runs = rentedCells.AsSpan(most, most);
            int found = 0, above = -1;
            for (int y = 0; y < outHeight; y++)
            {
                (int top, float down) = HalfPixel.Source(y, outHeight, height);
                if (top != above)
                {
                    found = row.Find(top, all, runs);
                    above = top;
                }
                Span<byte> line = ids.Slice(y * outWidth, outWidth);
                foreach (ref readonly Cell run in runs[..found])
                {
                    Span<byte> part = line[run.Start..run.End];
                    if (run.Rivals == 1)
                    {
                        part.Fill(row.Rivals[run.First]);
                        continue;
                    }
                    ReadOnlySpan<byte> rivals = row.Rivals.Slice(run.First, run.Rivals);
                    ReadOnlySpan<float> values = row.Values.Slice(4 * run.First, 4 * run.Rivals);
                    for (int r = 0; r < rivals.Length; r++)
                    {
                        left[r] = HalfPixel.Mix(values[4 * r], values[4 * r + 2], down);
                        slope[r] = HalfPixel.Mix(values[4 * r + 1], values[4 * r + 3], down) - left[r];
                    }
                    Fill(rivals, left, slope, weights[run.Start..run.End], part);
                }
            }
        }
        finally
        {
            ArrayPool<Cell>.Shared.Return(rentedCells);
            ArrayPool<byte>.Shared.Return(rentedRivals);
            ArrayPool<float>.Shared.Return(rentedValues);
        }
    }

    /// <summary>Which output columns lie in which cell, and each column's place between the cell's left and right corners.</summary>
    private static Span<Cell> Columns(Span<Cell> cells, Span<float> weights, int width)
    {
        int count = 0;
        for (int x = 0; x < weights.Length; x++)
        {
            (int near, weights[x]) = HalfPixel.Source(x, weights.Length, width);
            if (count == 0 || cells[count - 1].Near != near)
            {
                cells[count++] = new Cell { Start = x, Near = near };
            }
            cells[count - 1].End = x + 1;
        }
        return cells[..count];
    }

    private static void Fill(
        ReadOnlySpan<byte> rivals, ReadOnlySpan<float> left, ReadOnlySpan<float> slope, ReadOnlySpan<float> weights, Span<byte> ids)
    {
        for (int x = 0; x < ids.Length; x++)
        {
            float weight = weights[x], best = left[0] + slope[0] * weight;
            int winner = 0;
            for (int r = 1; r < rivals.Length; r++)
            {
                float value = left[r] + slope[r] * weight;
                if (value > best)
                {
                    best = value;
                    winner = r;
                }
            }
            ids[x] = rivals[winner];
        }
    }

    /// <summary>Output columns in one cell, or in neighbouring cells that one class has to itself.</summary>
    private struct Cell
    {
        /// <summary>The first output column, and the one after the last.</summary>
        public int Start, End;

        /// <summary>The logits' column of the left corners.</summary>
        public int Near;

        /// <summary>How many classes may win, and where the first of them is.</summary>
        public int Rivals, First;
    }

    /// <summary>The cells between two rows of logits.</summary>
    private ref struct CellRow(
        ReadOnlySpan<float> logits, int classes, int height, int width, ReadOnlySpan<byte> corners, Span<byte> rivals, Span<float> values)
    {
        private readonly ReadOnlySpan<float> _logits = logits;
        private readonly ReadOnlySpan<byte> _corners = corners;
        private readonly Span<byte> _rivals = rivals;
        private readonly Span<float> _values = values;
        private int _count;

        /// <summary>The classes that may win, cell after cell, in the order of their ids.</summary>
        public readonly ReadOnlySpan<byte> Rivals => _rivals;

        /// <summary>Their logits at the cell's corners: top left, top right, bottom left, bottom right.</summary>
        public readonly ReadOnlySpan<float> Values => _values;

        /// <summary>Finds who may win in each cell, and joins neighbours that one class has to itself.</summary>
        /// <returns>How many of <paramref name="runs"/> were set.</returns>
        public int Find(int top, ReadOnlySpan<Cell> cells, Span<Cell> runs)
        {
            int bottom = Math.Min(top + 1, height - 1), found = 0;
            _count = 0;
            foreach (ref readonly Cell cell in cells)
            {
                int far = Math.Min(cell.Near + 1, width - 1);
                byte id = _corners[top * width + cell.Near], topFar = _corners[top * width + far];
                byte bottomNear = _corners[bottom * width + cell.Near], bottomFar = _corners[bottom * width + far];
                bool alone = id == topFar && id == bottomNear && id == bottomFar;
                if (alone && found > 0 && runs[found - 1].Rivals == 1 && _rivals[runs[found - 1].First] == id)
                {
                    runs[found - 1].End = cell.End;
                    continue;
                }
                ref Cell run = ref runs[found++];
                run = cell;
                run.First = _count;
                if (alone)
                {
                    _rivals[_count++] = id;
                }
                else
                {
                    AddRivals(top * width + cell.Near, top * width + far, bottom * width + cell.Near, bottom * width + far,
                        id, topFar, bottomNear, bottomFar);
                }
                run.Rivals = _count - run.First;
            }
            return found;
        }

        private void AddRivals(int a, int b, int c, int d, byte winnerA, byte winnerB, byte winnerC, byte winnerD)
        {
            for (int id = 0; id < classes; id++)
            {
                ReadOnlySpan<float> plane = _logits.Slice(id * height * width, height * width);
                Span<float> values = _values.Slice(4 * _count, 4);
                (values[0], values[1], values[2], values[3]) = (plane[a], plane[b], plane[c], plane[d]);
                if (!IsBeaten(values, winnerA, a, b, c, d) && !IsBeaten(values, winnerB, a, b, c, d)
                    && !IsBeaten(values, winnerC, a, b, c, d) && !IsBeaten(values, winnerD, a, b, c, d))
                {
                    _rivals[_count++] = (byte)id;
                }
            }
        }

        private readonly bool IsBeaten(ReadOnlySpan<float> values, byte by, int a, int b, int c, int d)
        {
            ReadOnlySpan<float> plane = _logits.Slice(by * height * width, height * width);
            return plane[a] > values[0] && plane[b] > values[1] && plane[c] > values[2] && plane[d] > values[3];
        }
    }
}
