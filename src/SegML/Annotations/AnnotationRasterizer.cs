using System.Buffers;
using System.Globalization;
using System.Numerics;
using SegML.Masks;

namespace SegML.Annotations;

/// <summary>Draws annotations into masks. Which pixels a shape takes is part of each <see cref="AnnotationShape"/>.</summary>
public static class AnnotationRasterizer
{
    /// <summary>
    /// Draws the shapes in order over a background: the class (or the ignored ones) that has "background" for its name or
    /// among its <see cref="SegmentationClass.From"/>, in any case, else class 0.
    /// </summary>
    /// <param name="annotation">The shapes and the image's size.</param>
    /// <param name="classes">Says which class a shape's name stands for.</param>
    /// <returns>A mask in rented memory: dispose it when done with it, where many are drawn.</returns>
    /// <exception cref="AnnotationFormatException">A shape names no class, or <see cref="AnnotatedImage.Validate"/> finds a fault.</exception>
    public static SegmentationMask Draw(AnnotatedImage annotation, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        ArgumentNullException.ThrowIfNull(classes);
        annotation.Validate();
        SegmentationMask mask = SegmentationMask.Rent(annotation.Width, annotation.Height, classes);
        mask.Ids.Fill(classes.TryFromName("background", out byte background) ? background : (byte)0);
        foreach (AnnotationShape shape in annotation.Shapes)
        {
            byte id = IdOf(shape, annotation, classes);
            var canvas = new Canvas(mask.Ids, mask.Width, mask.Height);
            switch (shape)
            {
                case LineShape line:
                    LineFill.Fill(line, canvas, id);
                    break;
                case EllipseShape ellipse:
                    EllipseFill.Fill(ellipse, canvas, id);
                    break;
                case RunLengthShape runs:
                    RunLengths.Draw(runs, canvas, id);
                    break;
                case BitmapShape bitmap:
                    FillBitmap(bitmap, canvas, id);
                    break;
                case PolygonShape { Holes.Count: 0 } polygon:
                    FillOutline(polygon, canvas, id);
                    break;
                case PolygonShape polygon:
                    FillAroundHoles(polygon, canvas, id);
                    break;
                default:
                    throw new NotSupportedException($"shape {shape.GetType().Name}");
            }
        }
        return mask;
    }

    // What lies under a hole must stay, so the shape is first drawn on a canvas of its own, the size of its bounds.
    private static void FillAroundHoles(PolygonShape polygon, Canvas canvas, byte id)
    {
        int left = Clip(polygon.Exterior.Min(p => p.X), canvas.Width), right = Clip(polygon.Exterior.Max(p => p.X) + 1, canvas.Width);
        int top = Clip(polygon.Exterior.Min(p => p.Y), canvas.Height), bottom = Clip(polygon.Exterior.Max(p => p.Y) + 1, canvas.Height);
        int width = right - left, height = bottom - top;
        if (width == 0 || height == 0)
        {
            return;
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(width * height);
        Span<byte> covered = rented.AsSpan(0, width * height);
        covered.Clear();
        var own = new Canvas(covered, width, height, left, top);
        FillOutline(polygon, own, 1);
        foreach (IReadOnlyList<AnnotationPoint> hole in polygon.Holes)
        {
            OutlineFill.Fill(hole, own, 0);
        }
        for (int y = 0; y < height; y++)
        {
            Overwrite(canvas.Ids.Slice((top + y) * canvas.Width + left, width), covered.Slice(y * width, width), id);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void FillOutline(PolygonShape polygon, Canvas canvas, byte id)
    {
        OutlineFill.Fill(polygon.Exterior, canvas, id);
        if (polygon.Outlined)
        {
            OutlineFill.Trace(polygon.Exterior, canvas, id);
        }
    }

    private static void FillBitmap(BitmapShape bitmap, Canvas canvas, byte id)
    {
        int left = Math.Max(bitmap.Left, 0), right = (int)Math.Min((long)bitmap.Left + bitmap.Width, canvas.Width);
        int top = Math.Max(bitmap.Top, 0), bottom = (int)Math.Min((long)bitmap.Top + bitmap.Height, canvas.Height);
        for (int y = top; y < bottom && left < right; y++)
        {
            ReadOnlySpan<byte> covered = bitmap.Covered.Span.Slice((y - bitmap.Top) * bitmap.Width + left - bitmap.Left, right - left);
            Overwrite(canvas.Ids.Slice(y * canvas.Width + left, right - left), covered, id);
        }
    }

    private static void Overwrite(Span<byte> row, ReadOnlySpan<byte> covered, byte id)
    {
        int x = 0;
        var ids = new Vector<byte>(id);
        for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count)
        {
            Vector<byte> outside = Vector.Equals(new Vector<byte>(covered[x..]), Vector<byte>.Zero);
            Vector.ConditionalSelect(outside, new Vector<byte>(row[x..]), ids).CopyTo(row[x..]);
        }
        for (; x < row.Length; x++)
        {
            row[x] = covered[x] != 0 ? id : row[x];
        }
    }

    private static int Clip(double position, int side) => (int)Math.Clamp(position, 0, side);

    /// <summary>The class id (or ignore index) that a shape's name stands for.</summary>
    // Formats that number their classes (YOLO) mean the values that masks would have.
    internal static bool TryId(AnnotationShape shape, ClassSet classes, out byte id) =>
        int.TryParse(shape.ClassName, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? classes.TryFromNameOrValue(shape.ClassName, value, out id)
            : classes.TryFromName(shape.ClassName, out id);

    private static byte IdOf(AnnotationShape shape, AnnotatedImage annotation, ClassSet classes) =>
        TryId(shape, classes, out byte id)
            ? id
            : throw new AnnotationFormatException(annotation.Source,
                $"has the class \"{shape.ClassName}\", not among the {classes.Count} classes or the ignored ones of {classes.Source}",
                "add it to a class's or the ignored ones' \"from\" in the pipeline file");
}
