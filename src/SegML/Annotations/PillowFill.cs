namespace SegML.Annotations;

/// <summary>
/// Fills a closed outline of whole coordinates as Pillow 9.4 does for ImageDraw.polygon, found by comparing with what it draws: on each row, in single precision,
/// the pixels between crossings, rounded; level edges whole; and at a tip whose two edges lean to the same side, the row of the tip as far as the row beside it
/// begins, so that slivers stay connected.
/// </summary>
internal static class PillowFill
{
    // Farther out, coordinates are drawn as if they were here: they are whole numbers of 32 bits.
    private const double Far = 1e8;

    /// <summary>Fills it.</summary>
    /// <param name="outline">The corners, at the centres of pixels.</param>
    /// <param name="canvas">What to fill.</param>
    /// <param name="id">What to fill it with.</param>
    public static void Fill(IReadOnlyList<AnnotationPoint> outline, Canvas canvas, byte id)
    {
        var edges = new List<Edge>(outline.Count);
        for (int i = 0; i < outline.Count; i++)
        {
            ((int X, int Y) from, (int X, int Y) to) = (Pixel(outline[i]), Pixel(outline[(i + 1) % outline.Count]));
            if (from.Y == to.Y)
            {
                canvas.FillRow(from.Y, Math.Min(from.X, to.X), Math.Max(from.X, to.X), id);
            }
            else
            {
                edges.Add(new Edge(from.X, from.Y, (float)(to.X - from.X) / (to.Y - from.Y), Math.Min(from.Y, to.Y), Math.Max(from.Y, to.Y)));
            }
        }
        if (edges.Count > 0)
        {
            Sweep(edges, canvas, id);
        }
    }

    private static (int X, int Y) Pixel(AnnotationPoint point) =>
        ((int)Math.Round(Math.Clamp(point.X - 0.5, -Far, Far)), (int)Math.Round(Math.Clamp(point.Y - 0.5, -Far, Far)));

    private static void Sweep(List<Edge> edges, Canvas canvas, byte id)
    {
        int[] byTop = [.. Enumerable.Range(0, edges.Count).OrderBy(i => edges[i].Top)];
        int last = edges.Max(e => e.Bottom), waiting = 0;
        // Numbers of edges, in the outline's order: Pillow's rule for tips depends on it.
        var active = new List<int>();
        var crossings = new List<float>();
        for (int row = Math.Max(canvas.Top, edges[byTop[0]].Top); row <= Math.Min(last, canvas.Top + canvas.Height - 1); row++)
        {
            active.RemoveAll(i => edges[i].Bottom < row);
            for (; waiting < byTop.Length && edges[byTop[waiting]].Top <= row; waiting++)
            {
                if (edges[byTop[waiting]].Bottom >= row)
                {
                    active.Insert(~active.BinarySearch(byTop[waiting]), byTop[waiting]);
                }
            }
            crossings.Clear();
            foreach (int i in active)
            {
                Cross(edges, active, i, row, last, crossings);
            }
            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
            {
                // Halves are rounded away from the span on its left and into it on its right; two of the same half take both pixels.
                (int from, int to) = (RoundUp(crossings[i]), RoundDown(crossings[i + 1]));
                canvas.FillRow(row, Math.Min(from, to), Math.Max(from, to), id);
            }
        }
    }

    private static void Cross(List<Edge> edges, List<int> active, int number, int row, int last, List<float> crossings)
    {
        Edge edge = edges[number];
        float x = edge.At(row);
        crossings.Add(x);
        if (row == edge.Bottom && row < last)
        {
            // An edge that ends counts twice, so that what begins below it pairs up.
            crossings.Add(x);
            return;
        }
        bool top = row == edge.Top;
        if (edge.Slope == 0 || MathF.Round(x) != x || !(top || row == edge.Bottom))
        {
            return;
        }
        foreach (int other in active)
        {
            if (other >= number)
            {
                return;
            }
            Edge beside = edges[other];
            if ((edge.Slope > 0 ? beside.Slope > 0 : beside.Slope < 0) && row == (top ? beside.Top : beside.Bottom) && beside.At(row) == x)
            {
                int next = row == last ? row - 1 : row + 1;
                (float least, float most) = (Math.Min(edge.At(next), beside.At(next)), Math.Max(edge.At(next), beside.At(next)));
                // Pillow takes the number of the edge for that of its crossing.
                if (other < crossings.Count)
                {
                    crossings[other] = top ? (edge.Slope > 0 ? least : most + 1) : edge.Slope > 0 ? most + 1 : least - 1;
                }
                return;
            }
        }
    }

    private static int RoundUp(float x) => (int)(x >= 0 ? MathF.Floor(x + 0.5f) : -MathF.Floor(-x + 0.5f));

    private static int RoundDown(float x) => (int)(x >= 0 ? MathF.Ceiling(x - 0.5f) : -MathF.Ceiling(-x - 0.5f));

    /// <summary>A line from its first corner, by how much it moves rightwards a row.</summary>
    private readonly record struct Edge(int X, int Y, float Slope, int Top, int Bottom)
    {
        public float At(int row) => (row - Y) * Slope + X;
    }
}
