using SegML.Images;
using SegML.Masks;
using SegML.Training.Planning;

namespace SegML.Tests.Planning;

/// <summary>Sizes, thicknesses and places of shapes whose measures are known.</summary>
[TestClass]
public sealed class MaskShapeTests
{
    private static readonly ClassSet Classes = new(
        [new SegmentationClass { Id = 0, Name = "ground", Color = new Rgb(0, 0, 0) }, new SegmentationClass { Id = 1, Name = "shape", Color = new Rgb(255, 255, 255) }]);

    [TestMethod]
    public void AStripeIsAsThickAsItIsWide()
    {
        MaskShape shape = Measure(120, 80, (x, _) => x is >= 50 and < 56);
        Assert.AreEqual(480, shape.Pixels(1));
        // Outlines along pixels' edges are taken for 4 / pi too long, which those of a straight stripe are not.
        Assert.AreEqual(6 * 4 / Math.PI, Thickness(shape, 1), 1e-9);
        Assert.HasCount(3, shape.Pieces);
    }

    [TestMethod]
    [DataRow(5)]
    [DataRow(20)]
    public void ADiscIsAsThickAsItsRadius(int radius)
    {
        MaskShape shape = Measure(100, 100, (x, y) => Math.Pow(x - 49.5, 2) + Math.Pow(y - 49.5, 2) < radius * radius);
        Assert.AreEqual(radius, Thickness(shape, 1), 0.06 * radius);
        Assert.AreEqual(Math.Sqrt(Math.PI) * radius / 100, shape.Pieces.Single(p => p.Class == 1).Side, 0.02);
    }

    [TestMethod]
    public void HalvesAreCountedApartAndIgnoredPixelsHaveNoOutline()
    {
        var mask = new SegmentationMask(10, 6, Classes);
        mask.Ids[..10].Fill(1);
        mask.Ids.Slice(10, 10).Fill(Classes.IgnoreIndex);
        var shape = new MaskShape(mask);
        Assert.AreEqual((10L, 0L, 5L, 5L), (shape.Top[1], shape.Bottom[1], shape.Left[1], shape.Right[1]));
        Assert.AreEqual(0, shape.Outline[1]);
        Assert.AreEqual(40, shape.Pixels(0));
    }

    private static double Thickness(MaskShape shape, int id) => 2 * shape.Pixels(id) / (shape.Outline[id] * Math.PI / 4);

    private static MaskShape Measure(int width, int height, Func<int, int, bool> isShape)
    {
        using var mask = new SegmentationMask(width, height, Classes);
        for (int i = 0; i < width * height; i++)
        {
            mask.Ids[i] = (byte)(isShape(i % width, i / width) ? 1 : 0);
        }
        return new MaskShape(mask);
    }
}
