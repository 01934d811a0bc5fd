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
public abstract record AnnotationShape(string ClassName)
{
    /// <summary>What the file calls the object, for messages: "annotation 17". Null: its number in the list. Default null.</summary>
    public string? Id { get; init; }

    /// <summary>About how many pixels it takes, for drawing small shapes over large ones.</summary>
    internal abstract double Area { get; }

    /// <summary>The area within an outline (the shoelace formula).</summary>
    private protected static double AreaOf(IReadOnlyList<AnnotationPoint> outline)
    {
        double twice = 0;
        for (int i = 0; i < outline.Count; i++)
        {
            (AnnotationPoint a, AnnotationPoint b) = (outline[i], outline[(i + 1) % outline.Count]);
            twice += a.X * b.Y - b.X * a.Y;
        }
        return Math.Abs(twice) / 2;
    }
}

/// <summary>Which pixels a polygon takes: that of the tool whose masks are to be met.</summary>
public enum PolygonRule
{
    /// <summary>Those whose centre lies inside the outline or on it (CVAT, Supervisely).</summary>
    Centres,

    /// <summary>
    /// On each row of pixel centres, those from the crossing at the left, rounded, to that at the right, rounded, and pointed corners joined to what follows: as
    /// Pillow 9.4 fills outlines of whole coordinates (LabelMe, Cityscapes). Corners are taken to the nearest pixel.
    /// </summary>
    Rounded,

    /// <summary>
    /// Those of <see cref="Centres"/> and the outline itself, one pixel wide from corner to corner, as OpenCV's fillPoly fills (YOLO).
    /// </summary>
    Outlined,

    /// <summary>Those of each column of pixels between the crossings of an outline of grid points a fifth of a pixel apart, as pycocotools fills (COCO, Datumaro).</summary>
    Fifths,
}

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

    /// <summary>Which pixels near the outline belong to it. Default: those whose centre is inside or on it.</summary>
    public PolygonRule Rule { get; init; } = PolygonRule.Centres;

    internal override double Area => AreaOf(Exterior) - Holes.Sum(AreaOf);

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
public sealed record LineShape(string ClassName, IReadOnlyList<AnnotationPoint> Points, double Thickness) : AnnotationShape(ClassName)
{
    internal override double Area => Thickness * Math.Max(Thickness, Points.Zip(Points.Skip(1), (a, b) => double.Hypot(a.X - b.X, a.Y - b.Y)).Sum());
}

/// <summary>A filled ellipse. It takes every pixel whose centre lies inside or on it.</summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Center">Its centre.</param>
/// <param name="RadiusX">Half its width in pixels before it is turned, at least 0.</param>
/// <param name="RadiusY">Half its height in pixels before it is turned, at least 0.</param>
/// <param name="Rotation">By how many degrees it is turned clockwise (y points down).</param>
public sealed record EllipseShape(string ClassName, AnnotationPoint Center, double RadiusX, double RadiusY, double Rotation = 0)
    : AnnotationShape(ClassName)
{
    internal override double Area => Math.PI * RadiusX * RadiusY;
}

/// <summary>Pixels that were painted one by one. What lies outside the image is cut off.</summary>
/// <param name="ClassName">The class's name as the annotation file has it.</param>
/// <param name="Left">The image column of the bitmap's first.</param>
/// <param name="Top">The image row of the bitmap's first.</param>
/// <param name="Width">Its width in pixels, at least 1.</param>
/// <param name="Height">Its height in pixels, at least 1.</param>
/// <param name="Covered">Width * Height bytes, row by row: 0 where the bitmap leaves the image as it is.</param>
public sealed record BitmapShape(string ClassName, int Left, int Top, int Width, int Height, ReadOnlyMemory<byte> Covered)
    : AnnotationShape(ClassName)
{
    internal override double Area => Covered.Length - Covered.Span.Count((byte)0);
}

/// <summary>
/// Pixels of a box as the lengths of runs, which are in turn not covered and covered, beginning with not covered. What
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

    internal override double Area => Runs.Where((_, i) => i % 2 == 1).Sum();

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
