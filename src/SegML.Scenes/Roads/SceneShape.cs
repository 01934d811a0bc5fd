using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>
/// One thing in a scene: where it is, which decides the annotation, and how it looks, which is painted inside of it and
/// nowhere else. Picture and annotation agree because both are this one outline, drawn in this one order.
/// </summary>
public sealed record SceneShape
{
    /// <summary>The annotation's class title; null for what changes a surface's look but not its class, such as a shadow.</summary>
    public string? Title { get; init; }

    /// <summary>Corners of a polygon, or points of a line, in pixels; pixel (x, y) covers x to x + 1 and y to y + 1.</summary>
    public required IReadOnlyList<SKPoint> Points { get; init; }

    /// <summary>Corners of a polygon's holes.</summary>
    public IReadOnlyList<IReadOnlyList<SKPoint>> Holes { get; init; } = [];

    /// <summary>Width of a line in pixels; 0 for a polygon.</summary>
    public int Thickness { get; init; }

    /// <summary>Paints the inside; the canvas is clipped to the outline.</summary>
    public required Action<SKCanvas> Paint { get; init; }

    /// <summary>The outline.</summary>
    public SKPath ToPath()
    {
        if (Thickness == 0)
        {
            return SceneGeometry.PathOf([Points, .. Holes]);
        }
        using var line = new SKPath();
        line.AddPoly([.. Points], close: false);
        using var stroke = new SKPaint
        {
            Style = SKPaintStyle.Stroke,
            StrokeWidth = Thickness,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        return stroke.GetFillPath(line);
    }
}
