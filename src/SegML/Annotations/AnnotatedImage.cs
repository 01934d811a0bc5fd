using System.Globalization;
using SegML.Images;

namespace SegML.Annotations;

/// <summary>What was drawn on one image, whatever format it was stored in.</summary>
/// <param name="Name">The image's file name, or what stands for it.</param>
/// <param name="Width">The image's width in pixels.</param>
/// <param name="Height">The image's height in pixels.</param>
/// <param name="Shapes">The shapes in drawing order: later ones cover earlier ones.</param>
public sealed record AnnotatedImage(string Name, int Width, int Height, IReadOnlyList<AnnotationShape> Shapes)
{
    /// <summary>The file it was read from, for error messages.</summary>
    public string Source { get; init; } = Name;

    /// <summary>Checks what every format must hold to.</summary>
    /// <exception cref="AnnotationFormatException">
    /// The size is out of range, an outline has fewer than 3 points, a line none or a thickness below 1, a radius is negative, a bitmap
    /// does not fill its size, or a coordinate is not a finite number.
    /// </exception>
    public void Validate()
    {
        CheckSize(Width, Height, Source);
        for (int i = 0; i < Shapes.Count; i++)
        {
            switch (Shapes[i])
            {
                case PolygonShape polygon:
                    CheckOutline(polygon.Exterior, i, polygon, "outline");
                    foreach (IReadOnlyList<AnnotationPoint> hole in polygon.Holes)
                    {
                        CheckOutline(hole, i, polygon, "hole");
                    }
                    break;
                case LineShape line:
                    CheckLine(line, i);
                    break;
                case EllipseShape ellipse:
                    CheckFinite([ellipse.Center, new(ellipse.RadiusX, ellipse.RadiusY), new(ellipse.Rotation, 0)], i, ellipse);
                    if (ellipse.RadiusX < 0 || ellipse.RadiusY < 0)
                    {
                        throw Bad($"has an ellipse (object {i}, \"{ellipse.ClassName}\") of a negative radius", "correct it, or delete it");
                    }
                    break;
                case RunLengthShape runs when runs.Width < 1 || runs.Height < 1 || !runs.FillsBox():
                    throw Bad($"has run lengths (object {i}, \"{runs.ClassName}\") that do not fill their {runs.Width}x{runs.Height} pixels", "export it again");
                case BitmapShape bitmap when bitmap.Width < 1 || bitmap.Height < 1 || bitmap.Covered.Length != (long)bitmap.Width * bitmap.Height:
                    throw Bad($"has a bitmap (object {i}, \"{bitmap.ClassName}\") of {bitmap.Width}x{bitmap.Height} with {bitmap.Covered.Length} pixels",
                        "export it again");
            }
        }
    }

    /// <summary>Checks a size, for readers that allocate by it.</summary>
    internal static void CheckSize(int width, int height, string source)
    {
        long limit = ImageReadOptions.Default.MaxPixels;
        if (width < 1 || height < 1 || (long)width * height > limit)
        {
            throw new AnnotationFormatException(source, $"has the size {width}x{height}", $"give the image's own size, at most {limit} pixels");
        }
    }

    private void CheckOutline(IReadOnlyList<AnnotationPoint> points, int index, PolygonShape polygon, string what)
    {
        if (points.Count < 3)
        {
            throw Bad($"has a polygon (object {index}, \"{polygon.ClassName}\") whose {what} has {points.Count} points",
                "give it at least 3, or delete it");
        }
        CheckFinite(points, index, polygon);
    }

    private void CheckLine(LineShape line, int index)
    {
        if (line.Points.Count < 1)
        {
            throw Bad($"has a line (object {index}, \"{line.ClassName}\") without points", "give it some, or delete it");
        }
        if (!(line.Thickness >= 1 && double.IsFinite(line.Thickness)))
        {
            throw Bad($"has a line (object {index}, \"{line.ClassName}\") of thickness {line.Thickness.ToString(CultureInfo.InvariantCulture)}",
                "give it at least 1 pixel");
        }
        CheckFinite(line.Points, index, line);
    }

    private void CheckFinite(IReadOnlyList<AnnotationPoint> points, int index, AnnotationShape shape)
    {
        for (int i = 0; i < points.Count; i++)
        {
            if (!double.IsFinite(points[i].X) || !double.IsFinite(points[i].Y))
            {
                throw Bad($"has a coordinate that is not a finite number (object {index}, \"{shape.ClassName}\", point {i})", "correct it");
            }
        }
    }

    private AnnotationFormatException Bad(string fault, string fix) => new(Source, fault, fix);
}
