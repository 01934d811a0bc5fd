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
    /// The size is out of range, an outline has fewer than 3 points, a line none or a thickness below 1, or a coordinate is not a finite number.
    /// </exception>
    public void Validate()
    {
        long limit = ImageReadOptions.Default.MaxPixels;
        if (Width < 1 || Height < 1 || (long)Width * Height > limit)
        {
            throw Bad($"has the size {Width}x{Height}", $"give the image's own size, at most {limit} pixels");
        }
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
            }
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
