using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>Outlines.</summary>
internal static class SceneGeometry
{
    /// <summary>A path of closed contours, of which the inner ones are holes.</summary>
    public static SKPath PathOf(params ReadOnlySpan<IReadOnlyList<SKPoint>> contours)
    {
        var path = new SKPath { FillType = SKPathFillType.EvenOdd };
        foreach (IReadOnlyList<SKPoint> contour in contours)
        {
            path.AddPoly([.. contour], close: true);
        }
        return path;
    }

    /// <summary>A rectangle's corners.</summary>
    public static SKPoint[] Box(float left, float top, float right, float bottom) =>
        [new(left, top), new(right, top), new(right, bottom), new(left, bottom)];

    /// <summary>A closed, lumpy curve around a centre.</summary>
    /// <param name="random">Decides the lumps.</param>
    /// <param name="center">The centre.</param>
    /// <param name="radiusX">Mean radius across.</param>
    /// <param name="radiusY">Mean radius up and down.</param>
    /// <param name="lumps">Greatest relative change of the radius, 0-1.</param>
    public static SKPoint[] Blob(Random random, SKPoint center, float radiusX, float radiusY, float lumps)
    {
        const int Corners = 28;
        Span<(float Size, float Phase, int Waves)> harmonics =
        [
            (random.Between(0.2f, 0.5f), random.Between(0, MathF.Tau), 2),
            (random.Between(0.1f, 0.3f), random.Between(0, MathF.Tau), random.Next(3, 6)),
            (random.Between(0.1f, 0.3f), random.Between(0, MathF.Tau), random.Next(6, 10)),
        ];
        var points = new SKPoint[Corners];
        for (int i = 0; i < Corners; i++)
        {
            float angle = i * MathF.Tau / Corners, radius = 1;
            foreach ((float size, float phase, int waves) in harmonics)
            {
                radius += lumps * size * MathF.Sin(waves * angle + phase);
            }
            points[i] = new SKPoint(center.X + radiusX * radius * MathF.Cos(angle), center.Y + radiusY * radius * MathF.Sin(angle));
        }
        return points;
    }

    /// <summary>The convex hull (Andrew's monotone chain).</summary>
    public static SKPoint[] Hull(params ReadOnlySpan<SKPoint> points)
    {
        SKPoint[] sorted = [.. points];
        Array.Sort(sorted, (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Y.CompareTo(b.Y));
        var hull = new List<SKPoint>();
        Chain(sorted, hull);
        Array.Reverse(sorted);
        Chain(sorted, hull);
        return [.. hull];
    }

    private static void Chain(SKPoint[] sorted, List<SKPoint> hull)
    {
        int start = hull.Count;
        foreach (SKPoint point in sorted)
        {
            while (hull.Count >= start + 2 && Turn(hull[^2], hull[^1], point) <= 0)
            {
                hull.RemoveAt(hull.Count - 1);
            }
            hull.Add(point);
        }
        hull.RemoveAt(hull.Count - 1);
    }

    /// <summary>Twice the signed area of a triangle; above 0 when it turns clockwise on the screen.</summary>
    public static float Turn(SKPoint a, SKPoint b, SKPoint c) => (b.X - a.X) * (c.Y - a.Y) - (b.Y - a.Y) * (c.X - a.X);
}
