using System.Globalization;
using System.Numerics;
using SegML.Masks;

namespace SegML.Annotations;

/// <summary>Draws annotations into masks. Which pixels a shape takes is part of each <see cref="AnnotationShape"/>.</summary>
public static class AnnotationRasterizer
{
    /// <summary>Draws the shapes, in order or the smallest last, over pixels that nobody annotated.</summary>
    /// <param name="annotation">The shapes and the image's size.</param>
    /// <param name="classes">Says which class a shape's name stands for.</param>
    /// <param name="options">What unlabelled pixels are, which of two shapes is seen, and whether unusable objects are an error; null: the defaults.</param>
    /// <returns>A mask in rented memory: dispose it when done with it, where many are drawn.</returns>
    /// <exception cref="AnnotationFormatException">
    /// A shape names no class, <see cref="AnnotatedImage.Validate"/> finds a fault, or there are unusable objects and they are an error.
    /// </exception>
    /// <exception cref="ArgumentException"><see cref="AnnotationOptions.Unlabelled"/> names no class.</exception>
    public static SegmentationMask Draw(AnnotatedImage annotation, ClassSet classes, AnnotationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(annotation);
        ArgumentNullException.ThrowIfNull(classes);
        options ??= new AnnotationOptions();
        if (options.OnUnusable == UnusablePolicy.Error && annotation.Unusable.Count > 0)
        {
            throw Refused(annotation.Unusable);
        }
        annotation.Validate();
        SegmentationMask mask = SegmentationMask.Rent(annotation.Width, annotation.Height, classes);
        if (classes.IsMultiLabel)
        {
            DrawSets(annotation, mask, options);
            return mask;
        }
        mask.Ids.Fill(Unlabelled(classes, options));
        foreach (AnnotationShape shape in options.Overlap == ShapeOverlap.Order ? annotation.Shapes : [.. annotation.Shapes.OrderByDescending(s => s.Area)])
        {
            Fill(shape, new Canvas(mask.Ids, mask.Width, mask.Height), IdOf(shape, annotation, classes));
        }
        return mask;
    }

    /// <summary>Draws each class by itself, so that none hides another. Pixels of no shape are of no class, or ignored where the options say so.</summary>
    private static void DrawSets(AnnotatedImage annotation, SegmentationMask mask, AnnotationOptions options)
    {
        ClassSet classes = mask.Classes;
        mask.Ids.Clear();
        byte[] rented = Rented.Rent<byte>(mask.Ids.Length);
        Span<byte> own = rented.AsSpan(0, mask.Ids.Length);
        foreach (IGrouping<byte, AnnotationShape> group in annotation.Shapes.GroupBy(shape => IdOf(shape, annotation, classes)).OrderBy(g => g.Key))
        {
            own.Clear();
            foreach (AnnotationShape shape in group)
            {
                Fill(shape, new Canvas(own, mask.Width, mask.Height), 1);
            }
            // The ignore index comes last and has all bits.
            int bits = group.Key == classes.IgnoreIndex ? group.Key : 1 << group.Key;
            for (int i = 0; i < own.Length; i++)
            {
                mask.Ids[i] |= (byte)(own[i] * bits);
            }
        }
        Rented.Return(rented);
        if (options.Unlabelled == AnnotationOptions.Ignored)
        {
            mask.Ids.Replace((byte)0, classes.IgnoreIndex);
        }
    }

    private static void Fill(AnnotationShape shape, Canvas canvas, byte id)
    {
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

    /// <summary>The class id, or ignore index, of pixels that nobody annotated.</summary>
    /// <exception cref="ArgumentException">The option names no class.</exception>
    internal static byte Unlabelled(ClassSet classes, AnnotationOptions options) => options.Unlabelled switch
    {
        null => classes.TryFromName("background", out byte background) ? background : classes.IgnoreIndex,
        AnnotationOptions.Ignored => classes.IgnoreIndex,
        { } name => classes.TryFromName(name, out byte id) ? id
            : throw new ArgumentException($"Unlabelled names \"{name}\", not among the classes {string.Join(", ", classes.Names)}", nameof(options)),
    };

    private static AnnotationFormatException Refused(IReadOnlyList<AnnotationFormatException> unusable)
    {
        AnnotationFormatException first = unusable[0];
        string others = unusable.Count == 1 ? "" : $", and {unusable.Count - 1} more objects cannot be drawn";
        return new AnnotationFormatException(first.Subject, first.Fault + others, $"{first.Fix}, or set data.onUnusable to \"skip\"", first) { Kind = first.Kind };
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
        byte[] rented = Rented.Rent<byte>(width * height);
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
        Rented.Return(rented);
    }

    private static void FillOutline(PolygonShape polygon, Canvas canvas, byte id)
    {
        switch (polygon.Rule)
        {
            case PolygonRule.Fifths:
                FifthsFill.Fill(polygon.Exterior, canvas, id);
                break;
            case PolygonRule.Rounded:
                PillowFill.Fill(polygon.Exterior, canvas, id);
                break;
            default:
                OutlineFill.Fill(polygon.Exterior, canvas, id);
                if (polygon.Rule == PolygonRule.Outlined)
                {
                    OutlineFill.Trace(polygon.Exterior, canvas, id);
                }
                break;
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
    // A number is a class only where "from" lists it: a tool's numbers are not the pipeline's ids.
    internal static bool TryId(AnnotationShape shape, ClassSet classes, out byte id) =>
        int.TryParse(shape.ClassName, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? (classes.Lists(shape.ClassName) && classes.TryFromValue(value, out id)) || classes.IsRest(out id)
            : classes.TryFromName(shape.ClassName, out id);

    private static byte IdOf(AnnotationShape shape, AnnotatedImage annotation, ClassSet classes) =>
        TryId(shape, classes, out byte id) ? id : throw UnknownClass(annotation.Source, shape.ClassName, "", classes);

    /// <summary>The fault of a class that the pipeline does not have.</summary>
    internal static AnnotationFormatException UnknownClass(string source, string name, string others, ClassSet classes) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? new AnnotationFormatException(source, $"has the class number {name}{others}, which has no name and is in no \"from\" of {classes.Source}",
                "put the data set's data.yaml, obj.names or classes.txt next to the labels, or list the number in a class's \"from\"")
            { Kind = AnnotationFaultKind.UnknownClass }
            : new AnnotationFormatException(source,
                $"has the class \"{name}\"{others}, not among the {classes.Count} classes or the ignored ones of {classes.Source}",
                "add it to a class's or the ignored ones' \"from\" in the pipeline file")
            { Kind = AnnotationFaultKind.UnknownClass };
}
