using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations;

/// <summary>
/// Run-length coded pixels: the lengths of runs that alternate between not covered and covered, beginning with not covered.
/// COCO counts down the columns, CVAT along the rows. Compressed, COCO writes each length (from the fourth on, its difference
/// from the length two before) in digits of five bits, least significant first, as the letters from '0' on.
/// </summary>
internal static class RunLengths
{
    /// <summary>Draws them. What lies outside the canvas is cut off.</summary>
    public static void Draw(RunLengthShape shape, Canvas canvas, byte id)
    {
        long at = 0;
        bool covered = false;
        foreach (long run in shape.Runs)
        {
            if (covered && shape.ByColumns)
            {
                DrawColumns(shape, at, run, canvas, id);
            }
            else if (covered)
            {
                DrawRows(shape, at, run, canvas, id);
            }
            at += run;
            covered = !covered;
        }
    }

    private static void DrawRows(RunLengthShape shape, long at, long run, Canvas canvas, byte id)
    {
        for (long end = at + run; at < end;)
        {
            (long y, long x) = Math.DivRem(at, shape.Width);
            long count = Math.Min(shape.Width - x, end - at);
            canvas.FillRow((int)(shape.Top + y), shape.Left + x, shape.Left + x + count - 1, id);
            at += count;
        }
    }

    private static void DrawColumns(RunLengthShape shape, long at, long run, Canvas canvas, byte id)
    {
        (long x, long y) = Math.DivRem(at, shape.Height);
        for (; run > 0; run--)
        {
            canvas.FillRow((int)(shape.Top + y), shape.Left + x, shape.Left + x, id);
            if (++y == shape.Height)
            {
                (x, y) = (x + 1, 0);
            }
        }
    }

    /// <summary>An instance's runs down the columns of its whole image.</summary>
    public static List<long> ByColumns(SegmentationInstance instance, int width, int height)
    {
        SegmentationMask mask = instance.ToMask();
        var runs = new List<long>();
        long at = 0, end = 0;
        bool covered = false;
        for (int x = 0; x < mask.Width; x++)
        {
            for (int y = 0; y < mask.Height; y++)
            {
                long here = (long)(instance.Bounds.X + x) * height + instance.Bounds.Y + y;
                bool now = mask[x, y] == instance.ClassId;
                // A run goes on into the next column only where it ends at the image's last row and that begins at its first.
                if (covered && (!now || here != end))
                {
                    runs.Add(end - at);
                    (at, covered) = (end, false);
                }
                if (now && !covered)
                {
                    runs.Add(here - at);
                    (at, covered) = (here, true);
                }
                end = now ? here + 1 : end;
            }
        }
        if (covered)
        {
            runs.Add(end - at);
        }
        if (end < (long)width * height)
        {
            runs.Add((long)width * height - end);
        }
        return runs;
    }

    /// <summary>Reads COCO's compressed form.</summary>
    /// <returns>The lengths; null where the text is not one.</returns>
    public static List<long>? Parse(string text)
    {
        var runs = new List<long>();
        for (int i = 0; i < text.Length;)
        {
            long value = 0;
            int shift = 0;
            for (bool more = true; more; shift += 5)
            {
                if (i == text.Length || shift > 40)
                {
                    return null;
                }
                int digit = text[i++] - 48;
                if (digit is < 0 or > 63)
                {
                    return null;
                }
                value |= (long)(digit & 0x1F) << shift;
                more = (digit & 0x20) != 0;
                if (!more && (digit & 0x10) != 0)
                {
                    value |= -1L << (shift + 5);
                }
            }
            runs.Add(runs.Count > 2 ? value + runs[^2] : value);
        }
        return runs;
    }

    /// <summary>Writes COCO's compressed form.</summary>
    public static string Format(IReadOnlyList<long> runs)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < runs.Count; i++)
        {
            long value = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            for (bool more = true; more;)
            {
                long digit = value & 0x1F;
                value >>= 5;
                more = (digit & 0x10) != 0 ? value != -1 : value != 0;
                text.Append((char)(digit + (more ? 0x20 : 0) + 48));
            }
        }
        return text.ToString();
    }
}
