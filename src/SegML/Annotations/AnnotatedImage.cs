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
    /// <summary>The file it was read from, and the image where the file has several: for error messages.</summary>
    public string Source { get; init; } = Name;

    /// <summary>
    /// The objects of the file that are not among <see cref="Shapes"/>, because they are damaged or say nothing of pixels: one exception
    /// each. <see cref="AnnotationOptions.OnUnusable"/> decides whether drawing the image is then an error.
    /// </summary>
    public IReadOnlyList<AnnotationFormatException> Unusable { get; init; } = [];

    /// <summary>Checks what every format must hold to.</summary>
    /// <exception cref="AnnotationFormatException">
    /// The size is out of range, an outline has fewer than 3 points, a line has no points or a thickness below 1, a radius is negative, a
    /// bitmap does not fill its size, or a coordinate is not a finite number.
    /// </exception>
    public void Validate()
    {
        CheckSize(Width, Height, Source);
        for (int i = 0; i < Shapes.Count; i++)
        {
            if (FaultOf(Shapes[i], i) is { } fault)
            {
                throw fault;
            }
        }
    }

    /// <summary>The same image, its faulty shapes moved to <see cref="Unusable"/>.</summary>
    /// <exception cref="AnnotationFormatException">The size is out of range.</exception>
    internal AnnotatedImage Sorted()
    {
        CheckSize(Width, Height, Source);
        var shapes = new List<AnnotationShape>(Shapes.Count);
        var unusable = new List<AnnotationFormatException>(Unusable);
        for (int i = 0; i < Shapes.Count; i++)
        {
            if (FaultOf(Shapes[i], i) is { } fault)
            {
                unusable.Add(fault);
            }
            else
            {
                shapes.Add(Shapes[i]);
            }
        }
        return unusable.Count == Unusable.Count ? this : this with { Shapes = shapes, Unusable = unusable };
    }

    /// <summary>Checks a size, for readers that allocate by it.</summary>
    internal static void CheckSize(int width, int height, string source)
    {
        long limit = ImageReadOptions.Default.MaxPixels;
        if (width < 1 || height < 1 || (long)width * height > limit)
        {
            throw new AnnotationFormatException(source, $"has the size {width}x{height}", $"give the image's own size, at most {limit.Of("pixel")}");
        }
    }

    private AnnotationFormatException? FaultOf(AnnotationShape shape, int index)
    {
        string what = $"({shape.Id ?? string.Create(CultureInfo.InvariantCulture, $"object {index}")}, \"{shape.ClassName}\")";
        return shape switch
        {
            PolygonShape polygon => OutlineFault(polygon.Exterior, "outline", what)
                ?? polygon.Holes.Select(h => OutlineFault(h, "hole", what)).FirstOrDefault(f => f is not null),
            LineShape { Points.Count: 0 } => Bad($"has a line {what} without points", "give it some, or delete it", AnnotationFaultKind.Empty),
            LineShape line when !(line.Thickness >= 1 && double.IsFinite(line.Thickness)) => Bad(
                $"has a line {what} of thickness {line.Thickness.ToString(CultureInfo.InvariantCulture)}", "give it at least 1 pixel"),
            LineShape line => FiniteFault(line.Points, what),
            EllipseShape ellipse => FiniteFault([ellipse.Center, new(ellipse.RadiusX, ellipse.RadiusY), new(ellipse.Rotation, 0)], what)
                ?? (ellipse.RadiusX < 0 || ellipse.RadiusY < 0 ? Bad($"has an ellipse {what} of a negative radius", "correct it, or delete it") : null),
            RunLengthShape runs when runs.Width < 1 || runs.Height < 1 || !runs.FillsBox() =>
                Bad($"has run lengths {what} that do not fill their {runs.Width}x{runs.Height} pixels", "export it again"),
            BitmapShape bitmap when bitmap.Width < 1 || bitmap.Height < 1 || bitmap.Covered.Length != (long)bitmap.Width * bitmap.Height =>
                Bad($"has a bitmap {what} of {bitmap.Width}x{bitmap.Height} with {bitmap.Covered.Length.Of("pixel")}", "export it again"),
            _ => null,
        };
    }

    private AnnotationFormatException? OutlineFault(IReadOnlyList<AnnotationPoint> points, string part, string what) => points.Count >= 3
        ? FiniteFault(points, what)
        : Bad($"has a polygon {what} whose {part} has {points.Count} points", "give it at least 3, or delete it",
            points.Count == 0 ? AnnotationFaultKind.Empty : AnnotationFaultKind.TooFewPoints);

    private AnnotationFormatException? FiniteFault(IReadOnlyList<AnnotationPoint> points, string what)
    {
        for (int i = 0; i < points.Count; i++)
        {
            if (!double.IsFinite(points[i].X) || !double.IsFinite(points[i].Y))
            {
                return Bad($"has a coordinate that is not a finite number {what[..^1]}, point {i})", "correct it");
            }
        }
        return null;
    }

    private AnnotationFormatException Bad(string fault, string fix, AnnotationFaultKind kind = AnnotationFaultKind.Malformed) =>
        new(Source, fault, fix) { Kind = kind };
}
