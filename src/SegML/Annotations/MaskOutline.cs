using SegML.Instances;
using SegML.Masks;

namespace SegML.Annotations;

/// <summary>
/// Outlines of an instance along its pixels' edges, in whole coordinates: filled again by pixel centres they give back the
/// very same pixels. Polygon formats know no holes, so an instance with holes is cut at each hole's first row into pieces
/// that have none.
/// </summary>
internal static class MaskOutline
{
    private static readonly (int X, int Y)[] _steps = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    /// <summary>Traces them.</summary>
    /// <returns>Closed outlines in the whole image's coordinates, x and y in turn; the last corner is joined to the first.</returns>
    public static List<int[]> Trace(SegmentationInstance instance)
    {
        SegmentationMask mask = instance.ToMask();
        var outlines = new List<int[]>();
        var bands = new Stack<(int From, int To)>([(0, mask.Height)]);
        while (bands.TryPop(out (int From, int To) band))
        {
            var area = new Area(mask, (byte)instance.ClassId, band.From, band.To);
            List<List<(int X, int Y)>> loops = area.Loops(out int? hole);
            if (hole is { } row)
            {
                bands.Push((row, band.To));
                bands.Push((band.From, row));
                continue;
            }
            outlines.AddRange(loops.Select(loop => loop.SelectMany(p => new[] { p.X + instance.Bounds.X, p.Y + instance.Bounds.Y }).ToArray()));
        }
        return outlines;
    }

    /// <summary>
    /// The same outlines, through the centres of the outermost pixels instead of along their edges, in pixels' numbers: for formats whose
    /// outlines belong to their polygons. At least 3 corners each, some of which may be the same.
    /// </summary>
    public static IEnumerable<int[]> TraceInside(SegmentationInstance instance) => Trace(instance).Select(outline =>
    {
        int count = outline.Length / 2;
        var inside = new int[outline.Length];
        for (int i = 0; i < count; i++)
        {
            // Level and upright edges alternate, and the area lies to their right: its outermost pixels are below edges that go right and to
            // the left of those that go down.
            (int x, int y) = (outline[2 * i], outline[2 * i + 1]);
            (int lastX, int lastY) = (outline[2 * ((i + count - 1) % count)], outline[2 * ((i + count - 1) % count) + 1]);
            (int nextX, int nextY) = (outline[2 * ((i + 1) % count)], outline[2 * ((i + 1) % count) + 1]);
            bool goesLeft = lastY == y ? x < lastX : nextX < x, goesDown = lastX == x ? y > lastY : nextY > y;
            (inside[2 * i], inside[2 * i + 1]) = (x - (goesDown ? 1 : 0), y - (goesLeft ? 1 : 0));
        }
        return inside;
    });

    /// <summary>The pixels of a class within some rows of a mask.</summary>
    private readonly struct Area(SegmentationMask mask, byte id, int from, int to)
    {
        /// <summary>Follows all outlines with the area to their right. Pixels that touch at corners alone are kept apart.</summary>
        /// <param name="hole">The first row of a hole; null where there is none.</param>
        public List<List<(int X, int Y)>> Loops(out int? hole)
        {
            var loops = new List<List<(int X, int Y)>>();
            // Every outline goes rightwards along the upper edge of some pixel.
            var seen = new bool[mask.Width * (to - from)];
            hole = null;
            for (int y = from; y < to; y++)
            {
                for (int x = 0; x < mask.Width; x++)
                {
                    if (!Holds(x, y) || Holds(x, y - 1) || seen[(y - from) * mask.Width + x])
                    {
                        continue;
                    }
                    List<(int X, int Y)> loop = Follow(x, y, seen);
                    if (IsHole(loop))
                    {
                        // Met by its lower side; its first row of pixels is below its highest corner.
                        int first = loop.Min(p => p.Y);
                        hole = hole is { } other ? Math.Min(other, first) : first;
                    }
                    loops.Add(loop);
                }
            }
            return loops;
        }

        private List<(int X, int Y)> Follow(int startX, int startY, bool[] seen)
        {
            var corners = new List<(int X, int Y)>();
            (int x, int y, int heading) = (startX, startY, 0);
            do
            {
                if (heading == 0)
                {
                    seen[(y - from) * mask.Width + x] = true;
                }
                x += _steps[heading].X;
                y += _steps[heading].Y;
                int next = !Ahead(x, y, heading, right: true) ? heading + 1 : Ahead(x, y, heading, right: false) ? heading + 3 : heading;
                if (next != heading)
                {
                    corners.Add((x, y));
                    heading = next % 4;
                }
            }
            while (x != startX || y != startY || heading != 0);
            return corners;
        }

        // Whether the area holds the pixel in front of a grid point, to the right or left of the heading.
        private bool Ahead(int x, int y, int heading, bool right) => (heading, right) switch
        {
            (0, true) or (1, false) => Holds(x, y),
            (1, true) or (2, false) => Holds(x - 1, y),
            (2, true) or (3, false) => Holds(x - 1, y - 1),
            _ => Holds(x, y - 1),
        };

        private bool Holds(int x, int y) => x >= 0 && x < mask.Width && y >= from && y < to && mask[x, y] == id;

        private static bool IsHole(List<(int X, int Y)> loop)
        {
            long twice = 0;
            for (int i = 0; i < loop.Count; i++)
            {
                ((int x1, int y1), (int x2, int y2)) = (loop[i], loop[(i + 1) % loop.Count]);
                twice += (long)x1 * y2 - (long)x2 * y1;
            }
            return twice < 0;
        }
    }
}
