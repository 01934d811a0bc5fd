namespace SegML.Annotations.Formats;

/// <summary>
/// Discs as Pillow draws them: within a box of whole pixels, up to the pixels nearest to the curve through the centres of the box's
/// outermost ones, row by row and column by column.
/// </summary>
internal static class PillowEllipse
{
    /// <summary>The pixels of a disc that lie in the image.</summary>
    /// <param name="label">The class.</param>
    /// <param name="center">Its centre; whole numbers are pixels' numbers.</param>
    /// <param name="radius">In pixels.</param>
    /// <param name="image">The image's size.</param>
    public static AnnotationShape Disc(string label, AnnotationPoint center, double radius, (int Width, int Height) image)
    {
        (double left, double right) = (Math.Truncate(center.X - radius), Math.Truncate(center.X + radius));
        (double top, double bottom) = (Math.Truncate(center.Y - radius), Math.Truncate(center.Y + radius));
        if (!double.IsFinite(left + right + top + bottom))
        {
            // What is no number is found where all shapes are checked.
            return new EllipseShape(label, center, radius, radius);
        }
        double x = (left + right) / 2, y = (top + bottom) / 2, a = (right - left) / 2, b = (bottom - top) / 2;
        var runs = new List<long>();
        long end = 0;
        for (int row = (int)Math.Clamp(top, 0, image.Height); row <= Math.Min(bottom, image.Height - 1); row++)
        {
            double v = Math.Abs(row - y);
            // The nearest pixel on the row, or the farthest whose nearest pixel in its column is on the row.
            double half = Math.Max(Extent(v, b, a) + 0.5, v < 0.5 ? a : Extent(v - 0.5, b, a));
            int first = (int)Math.Clamp(Math.Ceiling(x - Math.Min(half, a)), 0, image.Width), last = (int)Math.Clamp(Math.Floor(x + Math.Min(half, a)), -1, image.Width - 1);
            if (first <= last)
            {
                long start = (long)row * image.Width + first;
                runs.Add(start - end);
                runs.Add(last - first + 1);
                end = start + last - first + 1;
            }
        }
        runs.Add((long)image.Width * image.Height - end);
        return new RunLengthShape(label, 0, 0, image.Width, image.Height, runs);
    }

    /// <summary>Half the width of an ellipse at a height above its centre; less than 0 beyond it.</summary>
    private static double Extent(double at, double b, double a) => b == 0 ? a : at > b ? -1 : a * Math.Sqrt(1 - at / b * (at / b));
}
