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

    /// <summary>
    /// Whether the outline itself is drawn too, one pixel wide from corner to corner, as OpenCV's fillPoly and Pillow's polygon
    /// do: the shape then also takes pixels that its edges merely pass. Default false.
    /// </summary>
    public bool Outlined { get; init; }

    /// <summary>A rectangle with level and upright sides.</summary>
    /// <param name="className">The class's name as the annotation file has it.</param>
    /// <param name="corner">One corner.</param>
    /// <param name="opposite">The corner across.</param>
    public static PolygonShape Rectangle(string className, AnnotationPoint corner, AnnotationPoint opposite) =>
        new(className, [corner, new(opposite.X, corner.Y), opposite, new(corner.X, opposite.Y)]);
}

/// <summary>
/// A line through points, with round ends and joints. It takes every pixel whose centre is at most half the thickness away.
/// </summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Points">The points, at least 1 (a dot).</param>
/// <param name="Thickness">Thickness in pixels, at least 1: thinner lines would have gaps.</param>
public sealed record LineShape(string ClassName, IReadOnlyList<AnnotationPoint> Points, double Thickness) : AnnotationShape(ClassName);

/// <summary>A filled ellipse. It takes every pixel whose centre lies inside or on it.</summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Center">Its centre.</param>
/// <param name="RadiusX">Half its width in pixels before it is turned, at least 0.</param>
/// <param name="RadiusY">Half its height in pixels before it is turned, at least 0.</param>
/// <param name="Rotation">By how many degrees it is turned clockwise (y points down).</param>
public sealed record EllipseShape(string ClassName, AnnotationPoint Center, double RadiusX, double RadiusY, double Rotation = 0)
    : AnnotationShape(ClassName);

/// <summary>Pixels that were painted one by one. What lies outside the image is cut off.</summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Left">The image column of the bitmap's first.</param>
/// <param name="Top">The image row of the bitmap's first.</param>
/// <param name="Width">Its width in pixels, at least 1.</param>
/// <param name="Height">Its height in pixels, at least 1.</param>
/// <param name="Covered">Width * Height bytes, row by row: 0 where the bitmap leaves the image as it is.</param>
public sealed record BitmapShape(string ClassName, int Left, int Top, int Width, int Height, ReadOnlyMemory<byte> Covered)
    : AnnotationShape(ClassName);

/// <summary>
/// Pixels of a box told by the lengths of runs, which are in turn not covered and covered, beginning with not covered. What
/// lies outside the image is cut off.
/// </summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Left">The image column of the box's first.</param>
/// <param name="Top">The image row of the box's first.</param>
/// <param name="Width">The box's width in pixels, at least 1.</param>
/// <param name="Height">The box's height in pixels, at least 1.</param>
/// <param name="Runs">The lengths, none negative; together Width * Height.</param>
public sealed record RunLengthShape(string ClassName, int Left, int Top, int Width, int Height, IReadOnlyList<long> Runs) : AnnotationShape(ClassName)
{
    /// <summary>Whether runs go down the columns, as COCO's do, rather than along the rows. Default false.</summary>
    public bool ByColumns { get; init; }

    /// <summary>Whether the runs fill the box, no more and no less.</summary>
    public bool FillsBox()
    {
        long left = (long)Width * Height;
        foreach (long run in Runs)
        {
            if (run < 0 || run > left)
            {
                return false;
            }
            left -= run;
        }
        return left == 0;
    }
}
