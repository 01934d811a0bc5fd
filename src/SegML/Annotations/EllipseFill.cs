namespace SegML.Annotations;

/// <summary>Fills an ellipse, turned or not: every pixel whose centre lies inside or on it.</summary>
internal static class EllipseFill
{
    // Farther out, an ellipse is drawn as if it were here, so that squares stay finite.
    private const double Far = 1e6;

    /// <summary>Fills it.</summary>
    public static void Fill(EllipseShape ellipse, Canvas canvas, byte id)
    {
        double x = Math.Clamp(ellipse.Center.X - 0.5, -Far, Far), y = Math.Clamp(ellipse.Center.Y - 0.5, -Far, Far);
        double a = Math.Min(ellipse.RadiusX, Far), b = Math.Min(ellipse.RadiusY, Far);
        (double sin, double cos) = Math.SinCos(ellipse.Rotation * Math.PI / 180);
        // The ellipse is the image of a disc: a row at height v above the centre cuts it where
        // u = shear * v +- half * sqrt(1 - (v / reach)^2), with reach its greatest height and half its half-width at v = 0.
        double reach = Math.Sqrt(a * a * sin * sin + b * b * cos * cos);
        if (reach == 0)
        {
            if (y == Math.Floor(y))
            {
                canvas.FillRow((int)y, x - a, x + a, id);
            }
            return;
        }
        double shear = (a * a - b * b) * sin * cos / (reach * reach), half = a * b / reach;
        int first = (int)Math.Max(Math.Ceiling(y - reach), canvas.Top), last = (int)Math.Min(Math.Floor(y + reach), canvas.Top + canvas.Height - 1);
        for (int row = first; row <= last; row++)
        {
            double v = row - y, share = Math.Sqrt(Math.Max(0, 1 - v / reach * (v / reach)));
            canvas.FillRow(row, x + shear * v - half * share, x + shear * v + half * share, id);
        }
    }
}
