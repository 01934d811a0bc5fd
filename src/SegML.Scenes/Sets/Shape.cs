namespace SegML.Scenes.Sets;

/// <summary>A shape by its inside: a pixel belongs to it if its centre does, so masks are exact.</summary>
/// <param name="Left">Its bounds, in pixels.</param>
/// <param name="Top">Its bounds, in pixels.</param>
/// <param name="Right">Its bounds, in pixels.</param>
/// <param name="Bottom">Its bounds, in pixels.</param>
/// <param name="Holds">Whether a point lies in it.</param>
public sealed record Shape(double Left, double Top, double Right, double Bottom, Func<double, double, bool> Holds)
{
    /// <summary>An ellipse about a point, turned by an angle in radians.</summary>
    public static Shape Ellipse(double x, double y, double radiusX, double radiusY, double angle = 0) =>
        Turned(x, y, Math.Max(radiusX, radiusY), angle, (u, v) => u * u / (radiusX * radiusX) + v * v / (radiusY * radiusY) <= 1);

    /// <summary>A disc.</summary>
    public static Shape Disc(double x, double y, double radius) => Ellipse(x, y, radius, radius);

    /// <summary>A rectangle about a point, turned by an angle in radians.</summary>
    public static Shape Box(double x, double y, double width, double height, double angle = 0) =>
        Turned(x, y, (width + height) / 2, angle, (u, v) => Math.Abs(u) <= width / 2 && Math.Abs(v) <= height / 2);

    /// <summary>A triangle with equal sides about a point.</summary>
    public static Shape Triangle(double x, double y, double radius, double angle = 0) =>
        Turned(x, y, radius, angle, (u, v) => v <= radius / 2 && Math.Sqrt(3) * Math.Abs(u) <= v + radius);

    /// <summary>A ring.</summary>
    public static Shape Ring(double x, double y, double radius) =>
        Turned(x, y, radius, 0, (u, v) => u * u + v * v is var d && d <= radius * radius && d >= radius * radius / 4);

    /// <summary>A cross with arms a third of its width thick.</summary>
    public static Shape Cross(double x, double y, double radius, double angle = 0) =>
        Turned(x, y, 1.1 * radius, angle, (u, v) => Math.Min(Math.Abs(u), Math.Abs(v)) <= radius / 3 && Math.Max(Math.Abs(u), Math.Abs(v)) <= radius);

    /// <summary>A line with round ends.</summary>
    public static Shape Line((double X, double Y) from, (double X, double Y) to, double thickness)
    {
        (double dx, double dy) = (to.X - from.X, to.Y - from.Y);
        double length = Math.Max(1e-9, dx * dx + dy * dy), half = thickness / 2;
        return new Shape(Math.Min(from.X, to.X) - half, Math.Min(from.Y, to.Y) - half, Math.Max(from.X, to.X) + half, Math.Max(from.Y, to.Y) + half, (x, y) =>
        {
            double along = Math.Clamp(((x - from.X) * dx + (y - from.Y) * dy) / length, 0, 1);
            (double u, double v) = (x - from.X - along * dx, y - from.Y - along * dy);
            return u * u + v * v <= half * half;
        });
    }

    private static Shape Turned(double x, double y, double reach, double angle, Func<double, double, bool> holds)
    {
        (double sin, double cos) = Math.SinCos(angle);
        return new Shape(x - reach, y - reach, x + reach, y + reach, (px, py) => holds(cos * (px - x) + sin * (py - y), cos * (py - y) - sin * (px - x)));
    }
}
