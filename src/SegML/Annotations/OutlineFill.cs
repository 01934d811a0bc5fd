using System.Buffers;

namespace SegML.Annotations;

/// <summary>
/// Fills a closed outline, row by row: every pixel whose centre lies inside by the even-odd rule, or on the outline. Exact
/// for coordinates that name pixels.
/// </summary>
internal static class OutlineFill
{
    // Farther out, coordinates are drawn as if they were here: products of two still have their whole part exact enough.
    private const double Far = 1e9;

    /// <summary>Fills it.</summary>
    /// <param name="outline">The corners.</param>
    /// <param name="canvas">What to fill.</param>
    /// <param name="id">What to fill it with.</param>
    public static void Fill(IReadOnlyList<AnnotationPoint> outline, Canvas canvas, byte id)
    {
        int count = outline.Count;
        Edge[] edges = ArrayPool<Edge>.Shared.Rent(count);
        double[] crossings = ArrayPool<double>.Shared.Rent(count);
        int used = 0;
        (double x, double y) last = Center(outline[count - 1]);
        for (int i = 0; i < count; i++)
        {
            (double x, double y) next = Center(outline[i]);
            if (last.y == next.y)
            {
                FillLevel(last.x, next.x, last.y, canvas, id);
            }
            else
            {
                edges[used++] = last.y < next.y ? new(last.x, last.y, next.x, next.y) : new(next.x, next.y, last.x, last.y);
            }
            last = next;
        }
        Sweep(edges.AsSpan(0, used), crossings, canvas, id);
        ArrayPool<Edge>.Shared.Return(edges);
        ArrayPool<double>.Shared.Return(crossings);
    }

    /// <summary>Draws the outline itself, one pixel wide: of each edge the pixels nearest to it along its longer side (Bresenham 1965).</summary>
    public static void Trace(IReadOnlyList<AnnotationPoint> outline, Canvas canvas, byte id)
    {
        (double x, double y) last = Center(outline[^1]);
        foreach (AnnotationPoint point in outline)
        {
            (double x, double y) next = Center(point);
            TraceEdge(last.x, last.y, next.x, next.y, canvas, id);
            last = next;
        }
    }

    private static void TraceEdge(double x1, double y1, double x2, double y2, Canvas canvas, byte id)
    {
        bool steep = Math.Abs(y2 - y1) > Math.Abs(x2 - x1);
        (double a1, double b1, double a2, double b2) = steep ? (y1, x1, y2, x2) : (x1, y1, x2, y2);
        if (a1 > a2)
        {
            (a1, b1, a2, b2) = (a2, b2, a1, b1);
        }
        // Only where the canvas is: an edge may be a billion pixels long.
        int low = steep ? canvas.Top : canvas.Left, side = steep ? canvas.Height : canvas.Width;
        int first = (int)Math.Max(Math.Round(a1), low), last = (int)Math.Min(Math.Round(a2), low + side - 1);
        for (int a = first; a <= last; a++)
        {
            double b = a1 == a2 ? b1 : Math.Round(b1 + (b2 - b1) * Math.Clamp((a - a1) / (a2 - a1), 0, 1));
            if (steep)
            {
                canvas.FillRow(a, b, b, id);
            }
            else if (Math.Abs(b) < int.MaxValue)
            {
                canvas.FillRow((int)b, a, a, id);
            }
        }
    }

    // In what follows a pixel's centre is at whole numbers, its own.
    private static (double X, double Y) Center(AnnotationPoint point) =>
        (Math.Clamp(point.X - 0.5, -Far, Far), Math.Clamp(point.Y - 0.5, -Far, Far));

    // Level edges cross no row, but pixels' centres may lie on them.
    private static void FillLevel(double x1, double x2, double y, Canvas canvas, byte id)
    {
        if (y == Math.Floor(y))
        {
            canvas.FillRow((int)y, Math.Min(x1, x2), Math.Max(x1, x2), id);
        }
    }

    private static void Sweep(Span<Edge> edges, double[] crossings, Canvas canvas, byte id)
    {
        edges.Sort(static (a, b) => a.Top.CompareTo(b.Top));
        int waiting = 0, active = 0;
        int first = edges.IsEmpty ? canvas.Top : (int)Math.Max(canvas.Top, Math.Ceiling(edges[0].Top));
        for (int row = first; row < canvas.Top + canvas.Height; row++)
        {
            // The active edges are kept in front, those that ended overwritten: the front never overtakes what waits.
            int kept = 0;
            bool corner = false;
            for (int i = 0; i < active; i++)
            {
                if (edges[i].Bottom >= row)
                {
                    edges[kept++] = edges[i];
                }
            }
            for (; waiting < edges.Length && edges[waiting].Top <= row; waiting++)
            {
                if (edges[waiting].Bottom >= row)
                {
                    edges[kept++] = edges[waiting];
                }
            }
            active = kept;
            if (active == 0 && waiting == edges.Length)
            {
                return;
            }
            int below = 0;
            foreach (ref readonly Edge edge in edges[..active])
            {
                corner |= edge.Top == row || edge.Bottom == row;
                if (edge.Bottom > row)
                {
                    crossings[below++] = edge.At(row);
                }
            }
            FillBetween(crossings.AsSpan(0, below), row, canvas, id);
            if (corner)
            {
                // On a corner's row the edges above it count too: together the two sets reach both upper and lower tips.
                int above = 0;
                foreach (ref readonly Edge edge in edges[..active])
                {
                    if (edge.Top < row)
                    {
                        crossings[above++] = edge.At(row);
                    }
                }
                FillBetween(crossings.AsSpan(0, above), row, canvas, id);
            }
        }
    }

    private static void FillBetween(Span<double> crossings, int row, Canvas canvas, byte id)
    {
        Sort(crossings);
        for (int i = 0; i + 1 < crossings.Length; i += 2)
        {
            canvas.FillRow(row, crossings[i], crossings[i + 1], id);
        }
    }

    // Rows cross most outlines twice, few often: for a handful, calling a general sort takes longer than sorting.
    private static void Sort(Span<double> values)
    {
        if (values.Length > 16)
        {
            values.Sort();
            return;
        }
        for (int i = 1; i < values.Length; i++)
        {
            double value = values[i];
            int at = i;
            for (; at > 0 && values[at - 1] > value; at--)
            {
                values[at] = values[at - 1];
            }
            values[at] = value;
        }
    }

    private readonly record struct Edge(double TopX, double Top, double BottomX, double Bottom)
    {
        // One division, so that a crossing at a pixel's centre comes out exactly there.
        public double At(double y) => (TopX * (Bottom - y) + BottomX * (y - Top)) / (Bottom - Top);
    }
}
