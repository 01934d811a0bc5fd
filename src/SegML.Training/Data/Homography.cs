namespace SegML.Training.Data;

/// <summary>
/// A plane's projective map: (x, y) goes to (a x + b y + c, d x + e y + f) / (g x + h y + 1).
/// </summary>
internal readonly record struct Homography(double A, double B, double C, double D, double E, double F, double G, double H)
{
    /// <summary>The map that takes a rectangle's corners to four points (Heckbert 1989, section 2.2.3).</summary>
    /// <param name="width">The rectangle reaches from (0, 0) to (width, height).</param>
    /// <param name="height">See <paramref name="width"/>.</param>
    /// <param name="quad">Where top left, top right, bottom right and bottom left go; convex.</param>
    public static Homography ToQuad(double width, double height, ReadOnlySpan<(double X, double Y)> quad)
    {
        (double x0, double y0) = quad[0];
        (double x1, double y1) = quad[1];
        (double x2, double y2) = quad[2];
        (double x3, double y3) = quad[3];
        double dx1 = x1 - x2, dx2 = x3 - x2, sumX = x0 - x1 + x2 - x3;
        double dy1 = y1 - y2, dy2 = y3 - y2, sumY = y0 - y1 + y2 - y3;
        double area = dx1 * dy2 - dx2 * dy1;
        double g = (sumX * dy2 - dx2 * sumY) / area, h = (dx1 * sumY - sumX * dy1) / area;
        return new Homography(
            (x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height, x0,
            (y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height, y0,
            g / width, h / height);
    }
}
