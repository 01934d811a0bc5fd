namespace SegML.Annotations;

/// <summary>A part of an image, a byte a pixel, that spans of pixels are filled on.</summary>
internal readonly ref struct Canvas(Span<byte> ids, int width, int height, int left = 0, int top = 0)
{
    /// <summary>The pixels, row by row.</summary>
    public Span<byte> Ids { get; } = ids;

    /// <summary>Width in pixels.</summary>
    public int Width { get; } = width;

    /// <summary>Height in pixels.</summary>
    public int Height { get; } = height;

    /// <summary>The image column of the canvas's first.</summary>
    public int Left { get; } = left;

    /// <summary>The image row of the canvas's first.</summary>
    public int Top { get; } = top;

    /// <summary>Fills the pixels of an image row whose numbers lie from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public void FillRow(int row, double from, double to, byte id)
    {
        int y = row - Top;
        if (y < 0 || y >= Height)
        {
            return;
        }
        // Clamped before the cast: an int holds no far-away coordinate.
        int first = (int)Math.Clamp(Math.Ceiling(from) - Left, 0, Width);
        int end = (int)Math.Clamp(Math.Floor(to) - Left + 1, 0, Width);
        if (first < end)
        {
            Ids.Slice(y * Width + first, end - first).Fill(id);
        }
    }
}
