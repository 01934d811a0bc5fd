using CsCheck;
using SegML.Annotations;
using SegML.Masks;

namespace SegML.Tests.Annotations;

[TestClass]
public class PolygonFillTests
{
    private const int Width = 24, Height = 17;

    // Whole numbers, some outside the image, so that corners and edges fall on pixels' centres all the time.
    private static readonly Gen<(int X, int Y)[]> _outline = Gen.Select(Gen.Int[-5, Width + 5], Gen.Int[-5, Height + 5]).Array[3, 9];

    private static readonly ClassSet _classes = new(
    [
        new() { Id = 0, Name = "background", Color = new(0, 0, 0) },
        new() { Id = 1, Name = "a", Color = new(255, 0, 0) },
        new() { Id = 2, Name = "b", Color = new(0, 255, 0) },
    ]);

    [TestMethod]
    public void FillAgreesWithTheDefinitionAtEveryPixel() => Property.Holds(_outline, outline =>
    {
        SegmentationMask mask = Draw(new PolygonShape("a", Places(outline)));
        return Same(mask, (x, y) => Covers(outline, x, y) ? 1 : 0);
    }, 4_000);

    [TestMethod]
    public void HolesShowWhatWasDrawnBefore() => Property.Holds(Gen.Select(_outline, _outline, _outline, _outline), outlines =>
    {
        ((int, int)[] under, (int, int)[] outline, (int, int)[] hole, (int, int)[] other) = outlines;
        SegmentationMask mask = Draw(
            new PolygonShape("b", Places(under)),
            new PolygonShape("a", Places(outline), [Places(hole), Places(other)]));
        return Same(mask, (x, y) =>
            Covers(outline, x, y) && !Covers(hole, x, y) && !Covers(other, x, y) ? 1 : Covers(under, x, y) ? 2 : 0);
    }, 1_500);

    [TestMethod]
    public void FillAgreesBetweenPixelsToo()
    {
        Gen<double> place = Gen.Double[-3, 25];
        Property.Holds(Gen.Select(place, place).Array[3, 7], points =>
        {
            AnnotationPoint[] outline = [.. points.Select(p => new AnnotationPoint(p.Item1, p.Item2))];
            SegmentationMask mask = Draw(new PolygonShape("a", outline));
            // Rounding decides for centres on the outline itself.
            return Same(mask, (x, y) => Distance([.. outline, outline[0]], x + 0.5, y + 0.5) < 1e-9
                ? mask[x, y] : Inside(outline, x + 0.5, y + 0.5) ? 1 : 0);
        }, 1_000);
    }

    [TestMethod]
    public void ALineTakesThePixelsWithinHalfItsThickness()
    {
        Gen<double> place = Gen.Double[-6, 28];
        Property.Holds(Gen.Select(Gen.Select(place, place).Array[1, 4], Gen.Double[1, 9]), sample =>
        {
            double thickness = sample.Item2;
            AnnotationPoint[] line = [.. sample.Item1.Select(p => new AnnotationPoint(p.Item1, p.Item2))];
            SegmentationMask mask = Draw(new LineShape("b", line, thickness));
            for (int i = 0; i < mask.Ids.Length; i++)
            {
                double gap = Distance(line, i % Width + 0.5, i / Width + 0.5) - thickness / 2;
                if (Math.Abs(gap) > 1e-9 && (mask.Ids[i] == 2) != (gap < 0))
                {
                    return false;
                }
            }
            return true;
        }, 1_500);
    }

    [TestMethod]
    public void CoordinatesFarOutsideFillWhatTheySurround()
    {
        double far = 1e300;
        SegmentationMask mask = Draw(
            new PolygonShape("a", [new(-far, -far), new(far, -far), new(far, far), new(-far, far)]),
            new PolygonShape("b", [new(far, far), new(far * 1.1, far), new(far, far * 1.1)]),
            new LineShape("b", [new(-far, far), new(far, far)], 3));
        Assert.AreEqual(-1, mask.Ids.IndexOfAnyExcept((byte)1));
        SegmentationMask half = Draw(new PolygonShape("a", [new(12, -far), new(far, -far), new(far, far), new(12, far)]));
        Assert.IsTrue(Same(half, (x, _) => x >= 12 ? 1 : 0));
    }

    private static SegmentationMask Draw(params AnnotationShape[] shapes) =>
        AnnotationRasterizer.Draw(new AnnotatedImage("test", Width, Height, shapes), _classes);

    private static bool Same(SegmentationMask mask, Func<int, int, int> expected)
    {
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                if (mask[x, y] != expected(x, y))
                {
                    return false;
                }
            }
        }
        return true;
    }

    private static AnnotationPoint[] Places((int X, int Y)[] pixels) => [.. pixels.Select(p => new AnnotationPoint(p.X + 0.5, p.Y + 0.5))];

    // The definition in whole numbers: on an edge, or an odd number of edges to the right.
    private static bool Covers((int X, int Y)[] outline, int x, int y)
    {
        bool inside = false;
        for (int i = 0; i < outline.Length; i++)
        {
            (int x1, int y1) = outline[i];
            (int x2, int y2) = outline[(i + 1) % outline.Length];
            int cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
            if (cross == 0 && x >= Math.Min(x1, x2) && x <= Math.Max(x1, x2) && y >= Math.Min(y1, y2) && y <= Math.Max(y1, y2))
            {
                return true;
            }
            if (y1 > y != y2 > y)
            {
                inside ^= y2 > y1 ? cross > 0 : cross < 0;
            }
        }
        return inside;
    }

    private static bool Inside(AnnotationPoint[] outline, double x, double y)
    {
        bool inside = false;
        for (int i = 0; i < outline.Length; i++)
        {
            (AnnotationPoint a, AnnotationPoint b) = (outline[i], outline[(i + 1) % outline.Length]);
            if (a.Y > y != b.Y > y && x < (b.X - a.X) * (y - a.Y) / (b.Y - a.Y) + a.X)
            {
                inside = !inside;
            }
        }
        return inside;
    }

    private static double Distance(AnnotationPoint[] line, double x, double y)
    {
        double nearest = double.PositiveInfinity;
        for (int i = 0; i < Math.Max(1, line.Length - 1); i++)
        {
            (AnnotationPoint a, AnnotationPoint b) = (line[i], line[Math.Min(i + 1, line.Length - 1)]);
            double dx = b.X - a.X, dy = b.Y - a.Y, square = dx * dx + dy * dy;
            double part = square == 0 ? 0 : Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / square, 0, 1);
            nearest = Math.Min(nearest, Math.Sqrt(Math.Pow(x - a.X - part * dx, 2) + Math.Pow(y - a.Y - part * dy, 2)));
        }
        return nearest;
    }
}
