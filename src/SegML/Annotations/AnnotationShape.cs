namespace SegML.Annotations;

/// <summary>
/// A place in an image, in pixels from its top left corner: pixel (x, y) reaches from (x, y) to (x + 1, y + 1) and its centre
/// is (x + 0.5, y + 0.5). Readers of formats that count otherwise convert.
/// </summary>
/// <param name="X">Rightwards.</param>
/// <param name="Y">Downwards.</param>
public readonly record struct AnnotationPoint(double X, double Y);

/// <summary>Something that was drawn on an image and given a class.</summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
public abstract record AnnotationShape(string ClassName);

/// <summary>
/// A polygon with holes. It takes every pixel whose centre lies inside <paramref name="Exterior"/> or on its outline, less
/// those whose centre lies inside a hole or on its outline. Where an outline crosses itself, inside is what an odd number
/// of its edges surrounds.
/// </summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Exterior">The outline's corners, at least 3; the last is joined to the first.</param>
/// <param name="Holes">The holes' outlines, each likewise.</param>
public sealed record PolygonShape(string ClassName, IReadOnlyList<AnnotationPoint> Exterior,
    IReadOnlyList<IReadOnlyList<AnnotationPoint>> Holes) : AnnotationShape(ClassName)
{
    /// <summary>A polygon without holes.</summary>
    public PolygonShape(string className, IReadOnlyList<AnnotationPoint> exterior)
        : this(className, exterior, [])
    {
    }
}

/// <summary>
/// A line through points, with round ends and joints. It takes every pixel whose centre is at most half the thickness away.
/// </summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Points">The points, at least 1 (a dot).</param>
/// <param name="Thickness">Thickness in pixels, at least 1: thinner lines would have gaps.</param>
public sealed record LineShape(string ClassName, IReadOnlyList<AnnotationPoint> Points, double Thickness) : AnnotationShape(ClassName);
