using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Training;

namespace SegML.Tests.Images;

[TestClass]
public sealed class ErrorMapTests
{
    [TestMethod]
    public void WrongIsRedIgnoredIsFlatRightIsPaleGrey()
    {
        using var image = new RgbaImage(3, 1);
        image.Pixels.Fill(90);
        byte ignore = BoxScenes.Classes.IgnoreIndex;
        using RgbaImage map = ErrorMap.Draw(image, new SegmentationMask(3, 1, [0, 1, ignore], BoxScenes.Classes), new SegmentationMask(3, 1, [0, 2, 2], BoxScenes.Classes));

        CollectionAssert.AreEqual(new byte[] { 200, 200, 200, 255 }, map.Pixels[..4].ToArray());
        CollectionAssert.AreEqual(new byte[] { ErrorMap.Wrong.R, ErrorMap.Wrong.G, ErrorMap.Wrong.B, 255 }, map.Pixels[4..8].ToArray());
        CollectionAssert.AreEqual(new byte[] { ErrorMap.Ignored.R, ErrorMap.Ignored.G, ErrorMap.Ignored.B, 255 }, map.Pixels[8..].ToArray());
    }

    [TestMethod]
    public void SizesMustAgree()
    {
        using var image = new RgbaImage(3, 1);
        Assert.ThrowsExactly<ArgumentException>(() => ErrorMap.Draw(image, new SegmentationMask(3, 1, BoxScenes.Classes), new SegmentationMask(1, 3, BoxScenes.Classes)));
    }
}
