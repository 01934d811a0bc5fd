using SkiaSharp;

namespace SegML.Scenes.Roads;

/// <summary>One-line drawing with a colour.</summary>
internal static class CanvasDrawing
{
    public static void FillAll(this SKCanvas canvas, SKColor color) => canvas.DrawColor(color, SKBlendMode.SrcOver);

    public static void Fill(this SKCanvas canvas, IReadOnlyList<SKPoint> corners, SKColor color)
    {
        using SKPath path = SceneGeometry.PathOf(corners);
        using SKPaint paint = Filled(color);
        canvas.DrawPath(path, paint);
    }

    public static void Oval(this SKCanvas canvas, SKPoint center, float radiusX, float radiusY, SKColor color, float blur = 0)
    {
        using SKPaint paint = Filled(color);
        using SKMaskFilter? filter = blur > 0 ? SKMaskFilter.CreateBlur(SKBlurStyle.Normal, blur) : null;
        paint.MaskFilter = filter;
        canvas.DrawOval(center.X, center.Y, radiusX, radiusY, paint);
    }

    public static void Line(this SKCanvas canvas, SKPoint from, SKPoint to, float width, SKColor color)
    {
        using SKPaint paint = Filled(color);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = width;
        canvas.DrawLine(from, to, paint);
    }

    /// <summary>Fills everything with a gradient from one point's colour to another's.</summary>
    public static void Gradient(this SKCanvas canvas, SKPoint from, SKColor first, SKPoint to, SKColor last)
    {
        using var shader = SKShader.CreateLinearGradient(from, to, [first, last], SKShaderTileMode.Clamp);
        using var paint = new SKPaint { Shader = shader };
        canvas.DrawPaint(paint);
    }

    private static SKPaint Filled(SKColor color) => new() { Color = color, IsAntialias = true };
}
