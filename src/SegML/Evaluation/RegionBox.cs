using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>The rectangle that holds a class's pixels of both masks, and how many there are in each.</summary>
internal struct RegionBox
{
    private int _left, _top, _right, _bottom, _stride, _classes;

    /// <summary>True pixels.</summary>
    public long Truth { get; private set; }

    /// <summary>Predicted pixels whose truth is a class.</summary>
    public long Predicted { get; private set; }

    /// <summary>Columns.</summary>
    public readonly int Width => _right - _left + 1;

    /// <summary>Rows.</summary>
    public readonly int Height => _bottom - _top + 1;

    /// <summary>The rectangles of all classes, by id.</summary>
    public static RegionBox[] Of(SegmentationMask truth, SegmentationMask predicted)
    {
        var boxes = new RegionBox[truth.Classes.Count];
        Array.Fill(boxes, new RegionBox { _left = int.MaxValue, _top = int.MaxValue, _right = -1, _bottom = -1, _stride = truth.Width, _classes = boxes.Length });
        ReadOnlySpan<byte> ids = truth.Ids, others = predicted.Ids;
        for (int y = 0, i = 0; y < truth.Height; y++)
        {
            for (int x = 0; x < truth.Width; x++, i++)
            {
                if (ids[i] < boxes.Length)
                {
                    ref RegionBox box = ref boxes[ids[i]];
                    box.Truth++;
                    box.Hold(x, y);
                    ref RegionBox other = ref boxes[others[i]];
                    other.Predicted++;
                    other.Hold(x, y);
                }
            }
        }
        return boxes;
    }

    /// <summary>Marks the surface of a class's region.</summary>
    /// <param name="ids">A mask's ids.</param>
    /// <param name="truth">The true ids: where they are no class, there is no region.</param>
    /// <param name="id">The class.</param>
    /// <param name="surface">Receives Width * Height values: 1 on the surface, else 0.</param>
    public readonly void MarkSurface(ReadOnlySpan<byte> ids, ReadOnlySpan<byte> truth, byte id, Span<byte> surface)
    {
        // The box holds all of the region: beyond it is outside.
        int rows = Height, columns = Width;
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                bool marked = IsInside(ids, truth, id, x, y) && !(x > 0 && x < columns - 1 && y > 0 && y < rows - 1
                    && IsInside(ids, truth, id, x - 1, y) && IsInside(ids, truth, id, x + 1, y)
                    && IsInside(ids, truth, id, x, y - 1) && IsInside(ids, truth, id, x, y + 1));
                surface[y * columns + x] = marked ? (byte)1 : (byte)0;
            }
        }
    }

    private readonly bool IsInside(ReadOnlySpan<byte> ids, ReadOnlySpan<byte> truth, byte id, int x, int y)
    {
        int i = (_top + y) * _stride + _left + x;
        return ids[i] == id && truth[i] < _classes;
    }

    private void Hold(int x, int y)
    {
        _left = Math.Min(_left, x);
        _top = Math.Min(_top, y);
        _right = Math.Max(_right, x);
        _bottom = Math.Max(_bottom, y);
    }
}
