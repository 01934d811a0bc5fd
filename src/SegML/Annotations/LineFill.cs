namespace SegML.Annotations;

/// <summary>Fills a thick line: every pixel whose centre is at most half the thickness from it.</summary>
internal static class LineFill
{
    // Farther out, coordinates and thickness are drawn as if they were here, so that squares stay finite.
    private const double Far = 1e6;

    /// <summary>Fills it.</summary>
    public static void Fill(LineShape line, Canvas canvas, byte id)
    {
        double radius = Math.Min(line.Thickness, Far) / 2;
        (double x, double y) last = Center(line.Points[0]);
        for (int i = line.Points.Count == 1 ? 0 : 1; i < line.Points.Count; i++)
        {
            (double x, double y) next = Center(line.Points[i]);
            FillSegment(new Segment(last.x, last.y, next.x, next.y, radius), canvas, id);
            last = next;
        }
    }

    private static (double X, double Y) Center(AnnotationPoint point) =>
        (Math.Clamp(point.X - 0.5, -Far, Far), Math.Clamp(point.Y - 0.5, -Far, Far));

    private static void FillSegment(Segment segment, Canvas canvas, byte id)
    {
        double top = Math.Min(segment.Y1, segment.Y2) - segment.Radius;
        double bottom = Math.Max(segment.Y1, segment.Y2) + segment.Radius;
        int firstRow = (int)Math.Max(Math.Ceiling(top), canvas.Top);
        int lastRow = (int)Math.Min(Math.Floor(bottom), canvas.Top + canvas.Height - 1);
        for (int row = firstRow; row <= lastRow; row++)
        {
            if (segment.Row(row) is (double from, double to))
            {
                canvas.FillRow(row, from, to, id);
            }
        }
    }

    /// <summary>All points within a radius of a line segment; a row cuts an interval from it, because it is convex.</summary>
    private readonly record struct Segment(double X1, double Y1, double X2, double Y2, double Radius)
    {
        /// <summary>The interval, or null where the row misses.</summary>
        public (double From, double To)? Row(double y)
        {
            double from = double.PositiveInfinity, to = double.NegativeInfinity;
            AddDisc(X1, Y1, y, ref from, ref to);
            AddDisc(X2, Y2, y, ref from, ref to);
            double dx = X2 - X1, dy = Y2 - Y1, length = Math.Sqrt(dx * dx + dy * dy);
            if (length > 0)
            {
                // The two long sides, parallel to the segment at the radius.
                double sideX = -dy / length * Radius, sideY = dx / length * Radius;
                AddSide(X1 + sideX, Y1 + sideY, dx, dy, y, ref from, ref to);
                AddSide(X1 - sideX, Y1 - sideY, dx, dy, y, ref from, ref to);
            }
            return from <= to ? (from, to) : null;
        }

        private void AddDisc(double x, double y, double row, ref double from, ref double to)
        {
            double square = Radius * Radius - (row - y) * (row - y);
            if (square >= 0)
            {
                double half = Math.Sqrt(square);
                from = Math.Min(from, x - half);
                to = Math.Max(to, x + half);
            }
        }

        private static void AddSide(double x, double y, double dx, double dy, double row, ref double from, ref double to)
        {
            double part = dy == 0 ? double.NaN : (row - y) / dy;
            if (part is >= 0 and <= 1)
            {
                from = Math.Min(from, x + part * dx);
                to = Math.Max(to, x + part * dx);
            }
        }
    }
}
