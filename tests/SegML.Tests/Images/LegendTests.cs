using SegML.Drawing;
using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Images;

[TestClass]
public class LegendTests
{
    private const string Characters = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    [TestMethod]
    public void EveryCharacterHasAShapeOfItsOwn()
    {
        var shapes = new Dictionary<string, char>();
        foreach (char c in Characters)
        {
            string shape = LegendOf($"x{c}x");
            Assert.IsTrue(shapes.TryAdd(shape, c), $"'{c}' looks like '{shapes[shape]}'");
        }
    }

    [TestMethod]
    public void ACharacterThatTheFontLacksBecomesAQuestionMark()
    {
        Assert.AreEqual(LegendOf("x?x"), LegendOf("x\u00E4x"));
        Assert.AreNotEqual(LegendOf("x?x"), LegendOf("x x"));
    }

    // The pixels that a legend with one class of this name paints.
    private static string LegendOf(string name)
    {
        var classes = new ClassSet([new() { Id = 0, Name = name, Color = new(1, 2, 3) }]);
        using var image = new RgbaImage(120, 80);
        image.Pixels.Fill(255);
        using RgbaImage overlay = Overlay.Draw(image, new SegmentationMask(120, 80, classes), new OverlayOptions { Opacity = 0, Outline = false });
        return Convert.ToHexString(overlay.Pixels);
    }
}
