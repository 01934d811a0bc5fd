using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Masks;

namespace SegML.Tests.Images;

[TestClass]
public class OverlayTests
{
    private static readonly OverlayOptions _plain = new() { Outline = false, Legend = false };

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.3)]
    [DataRow(0.5)]
    [DataRow(1.0)]
    public void ClassesAreMixedInAndIgnoredPixelsUntouched(double opacity)
    {
        using RgbaImage image = TestImages.Noise(40, 30, seed: 5);
        SegmentationMask mask = TestMasks.Noise(40, 30, seed: 6);
        using RgbaImage overlay = Overlay.Draw(image, mask, _plain with { Opacity = opacity });
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Rgb color = mask.Classes.ColorOf(mask.Ids[i]);
            double share = mask.Ids[i] == mask.Classes.IgnoreIndex ? 0 : opacity;
            byte[] expected = [color.R, color.G, color.B];
            for (int c = 0; c < 3; c++)
            {
                Assert.AreEqual(image.Pixels[i * 4 + c] * (1 - share) + expected[c] * share, overlay.Pixels[i * 4 + c], 1.0);
            }
            if (share == 0)
            {
                Assert.IsTrue(image.Pixels.Slice(i * 4, 4).SequenceEqual(overlay.Pixels.Slice(i * 4, 4)));
            }
        }
    }

    [TestMethod]
    public void EdgesBetweenClassesHaveTheirFullColour()
    {
        using RgbaImage image = TestImages.Gradient(20, 10);
        var mask = new SegmentationMask(20, 10, TestMasks.Classes);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            mask.Ids[i] = (byte)(i % 20 < 9 ? 1 : 2);
        }
        using RgbaImage overlay = Overlay.Draw(image, mask, new OverlayOptions { Legend = false });
        for (int y = 0; y < 10; y++)
        {
            Assert.AreEqual(TestMasks.Classes.ColorOf(1), At(overlay, 8, y));
            Assert.AreEqual(TestMasks.Classes.ColorOf(2), At(overlay, 9, y));
            Assert.AreNotEqual(TestMasks.Classes.ColorOf(1), At(overlay, 7, y));
            Assert.AreNotEqual(TestMasks.Classes.ColorOf(2), At(overlay, 10, y));
        }
    }

    [TestMethod]
    public void TheLegendNamesOnlyClassesThatOccur()
    {
        using RgbaImage image = TestImages.Gradient(300, 200);
        var mask = new SegmentationMask(300, 200, TestMasks.Classes);
        mask.Ids[..100].Fill(2);
        Assert.AreEqual((true, false, true, false), Swatches(image, mask));
        mask.Ids.Fill(255);
        using RgbaImage untouched = Overlay.Draw(image, mask);
        Assert.IsTrue(image.Pixels.SequenceEqual(untouched.Pixels));
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(30, 300)]
    [DataRow(300, 30)]
    public void TheLegendIsLeftOutWhereItWouldHideTheImage(int width, int height)
    {
        using RgbaImage image = TestImages.Gradient(width, height);
        var mask = new SegmentationMask(width, height, TestMasks.Classes);
        using RgbaImage with = Overlay.Draw(image, mask);
        using RgbaImage without = Overlay.Draw(image, mask, new OverlayOptions { Legend = false });
        Assert.IsTrue(with.Pixels.SequenceEqual(without.Pixels));
    }

    [TestMethod]
    public void TheLegendCoversAThirdAtMostWhateverTheClasses()
    {
        var classes = new ClassSet([.. Enumerable.Range(0, 200).Select(i =>
            new SegmentationClass { Id = i, Name = $"class number {i}", Color = new((byte)i, 200, 10) })]);
        using RgbaImage image = TestImages.Gradient(640, 480);
        foreach (int count in new[] { 20, 60, 200 })
        {
            var mask = new SegmentationMask(640, 480, classes);
            for (int i = 0; i < count; i++)
            {
                mask.Ids[i] = (byte)i;
            }
            using RgbaImage with = Overlay.Draw(image, mask);
            using RgbaImage without = Overlay.Draw(image, mask, new OverlayOptions { Legend = false });
            int top = with.Pixels.CommonPrefixLength(without.Pixels) / 4 / 640;
            Assert.IsGreaterThanOrEqualTo(320, top);
            Assert.AreEqual(count == 200, top == 480, $"{count} classes");
        }
    }

    [TestMethod]
    public void SizesThatDifferAndOpacitiesOutOfRangeAreRefused()
    {
        using var image = new RgbaImage(4, 3);
        Assert.ThrowsExactly<ArgumentException>(() => Overlay.Draw(image, new SegmentationMask(3, 4, TestMasks.Classes)));
        var mask = new SegmentationMask(4, 3, TestMasks.Classes);
        foreach (double opacity in new[] { -0.1, 1.1, double.NaN })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Overlay.Draw(image, mask, new OverlayOptions { Opacity = opacity }));
        }
    }

    [TestMethod]
    public void LegendListsClassesThatItIsToldToKeep()
    {
        using var image = new RgbaImage(300, 200);
        image.Pixels.Fill(255);
        var mask = new SegmentationMask(300, 200, TestMasks.Classes);
        Assert.AreEqual((true, false, false, false), Swatches(image, mask));
        Assert.AreEqual((true, false, true, false), Swatches(image, mask, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Swatches(image, mask, 256));
    }

    // Which classes' full colours appear in a picture that has no outlines.
    private static (bool, bool, bool, bool) Swatches(RgbaImage image, SegmentationMask mask, params int[] keep)
    {
        using RgbaImage overlay = Overlay.Draw(image, mask, new OverlayOptions { Outline = false, LegendClasses = keep });
        var seen = new bool[4];
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            for (int id = 0; id < 4; id++)
            {
                seen[id] |= At(overlay, i % image.Width, i / image.Width) == mask.Classes.ColorOf((byte)id);
            }
        }
        return (seen[0], seen[1], seen[2], seen[3]);
    }

    private static Rgb At(RgbaImage image, int x, int y)
    {
        Span<byte> pixel = image.Row(y).Slice(x * 4, 4);
        return new Rgb(pixel[0], pixel[1], pixel[2]);
    }
}
