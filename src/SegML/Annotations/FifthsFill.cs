namespace SegML.Annotations;

/// <summary>
/// Fills a closed outline as pycocotools does, with which results on COCO are compared: the outline goes over a grid of fifths of a pixel, from corner to
/// corner as a line of grid points (Bresenham 1965), and each column of pixels is filled between the rows where the outline crosses its middle.
/// </summary>
internal static class FifthsFill
{
    private const double Parts = 5;

    // The grid column that is a pixel column's middle, of the five.
    private const int Middle = 2;

    // Farther out, coordinates are drawn as if they were here: grid points are counted in whole numbers.
    private const double Far = 1e8;

    /// <summary>Fills it.</summary>
    /// <param name="outline">The corners.</param>
    /// <param name="canvas">What to fill.</param>
    /// <param name="id">What to fill it with.</param>
    public static void Fill(IReadOnlyList<AnnotationPoint> outline, Canvas canvas, byte id)
    {
        var crossings = new List<(int Column, int Row)>();
        (long X, long Y) last = Grid(outline[^1]);
        foreach (AnnotationPoint point in outline)
        {
            (long X, long Y) next = Grid(point);
            Cross(last, next, canvas, crossings);
            last = next;
        }
        crossings.Sort();
        for (int i = 0; i + 1 < crossings.Count; i += 2)
        {
            // A closed outline crosses each column an even number of times.
            for (int row = crossings[i].Row; row < crossings[i + 1].Row; row++)
            {
                canvas.Ids[(row - canvas.Top) * canvas.Width + crossings[i].Column - canvas.Left] = id;
            }
        }
    }

    // Rounded as a conversion to a whole number in C does, towards 0.
    private static (long X, long Y) Grid(AnnotationPoint point) =>
        ((long)(Parts * Math.Clamp(point.X, -Far, Far) + 0.5), (long)(Parts * Math.Clamp(point.Y, -Far, Far) + 0.5));

    /// <summary>Where the line of grid points between two corners steps over the middle of a column, and in which row of the image.</summary>
    private static void Cross((long X, long Y) from, (long X, long Y) to, Canvas canvas, List<(int Column, int Row)> crossings)
    {
        long wide = Math.Abs(to.X - from.X), high = Math.Abs(to.Y - from.Y);
        bool steep = high > wide;
        // The line is the same in both directions.
        ((long X, long Y) a, (long X, long Y) b) = (steep ? from.Y > to.Y : from.X > to.X) ? (to, from) : (from, to);
        double slope = wide == 0 && high == 0 ? 0 : steep ? (double)(b.X - a.X) / high : (double)(b.Y - a.Y) / wide;
        int first = (int)Math.Clamp((Math.Min(a.X, b.X) - Middle) / (long)Parts - 1, canvas.Left, (long)canvas.Left + canvas.Width);
        int end = (int)Math.Clamp((Math.Max(a.X, b.X) - Middle) / (long)Parts + 2, canvas.Left, (long)canvas.Left + canvas.Width);
        for (int column = first; column < end; column++)
        {
            // Between this grid column and the next.
            long left = column * (long)Parts + Middle;
            if (!(Math.Min(a.X, b.X) <= left && left < Math.Max(a.X, b.X)))
            {
                continue;
            }
            crossings.Add((column, RowOf(steep ? Step(left) : Math.Min(Y(left - a.X), Y(left + 1 - a.X)), canvas)));
        }

        long Y(long step) => (long)(a.Y + slope * step + 0.5);

        long X(long step) => (long)(a.X + slope * step + 0.5);

        // The last grid row before a steep line has stepped over.
        long Step(long left)
        {
            long step = Math.Clamp((long)((left + 0.5 - a.X) / slope), 0, high - 1);
            while (step > 0 && (slope > 0 ? X(step) > left : X(step) <= left))
            {
                step--;
            }
            while (step + 1 < high && (slope > 0 ? X(step + 1) <= left : X(step + 1) > left))
            {
                step++;
            }
            return a.Y + step;
        }
    }

    private static int RowOf(long y, Canvas canvas) =>
        (int)Math.Ceiling(Math.Clamp((y + 0.5) / Parts - 0.5, canvas.Top, canvas.Top + canvas.Height));
}
