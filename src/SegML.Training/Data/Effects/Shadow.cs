using SegML.Images;

namespace SegML.Training.Data.Effects;

/// <summary>Darkens a convex area with straight edges, as a wall's or a car's shadow has.</summary>
internal static class Shadow
{
    private const int Edges = 4;

    /// <param name="image">Changed in place.</param>
    /// <param name="greatest">Greatest darkening, 0 to 1.</param>
    /// <param name="random">Decides place, shape and depth.</param>
    public static void Apply(RgbaImage image, double greatest, ref SampleRandom random)
    {
        double left = 1 - random.Between(0, greatest);
        Span<byte> curve = stackalloc byte[256];
        for (int value = 0; value < curve.Length; value++)
        {
            curve[value] = (byte)(value * left + 0.5);
        }
        Span<(double X, double Y, double Reach)> edges = stackalloc (double, double, double)[Edges];
        DrawEdges(image.Width, image.Height, edges, ref random);
        for (int y = 0; y < image.Height; y++)
        {
            (int from, int to) = Inside(edges, y + 0.5, image.Width);
            if (from < to)
            {
                ToneCurve.Apply(image.Row(y)[(4 * from)..(4 * to)], curve);
            }
        }
    }

    // The area is what lies on the inner side of all edges: x X + y Y <= Reach. Each is at some distance from one point inside.
    private static void DrawEdges(int width, int height, Span<(double X, double Y, double Reach)> edges, ref SampleRandom random)
    {
        double centreX = random.Between(0, width), centreY = random.Between(0, height), size = Math.Max(width, height);
        double turn = random.Between(0, 2 * Math.PI);
        foreach (ref (double X, double Y, double Reach) edge in edges)
        {
            (double y, double x) = Math.SinCos(turn);
            edge = (x, y, x * centreX + y * centreY + size * random.Between(0.05, 0.5));
            turn += 2 * Math.PI / Edges + random.Between(-0.5, 0.5);
        }
    }

    private static (int From, int To) Inside(ReadOnlySpan<(double X, double Y, double Reach)> edges, double y, int width)
    {
        double from = 0, to = width;
        foreach ((double edgeX, double edgeY, double reach) in edges)
        {
            double room = reach - edgeY * y;
            if (Math.Abs(edgeX) < 1e-9)
            {
                to = room < 0 ? 0 : to;
            }
            else if (edgeX > 0)
            {
                to = Math.Min(to, room / edgeX);
            }
            else
            {
                from = Math.Max(from, room / edgeX);
            }
        }
        return ((int)Math.Min(width, Math.Ceiling(from)), (int)Math.Max(0, Math.Ceiling(to)));
    }
}
