using Microsoft.ML.Data;
using SegML.Drawing;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

[TestClass]
public sealed class SegmentationMaskConversionsTests
{
    [TestMethod]
    public void ImagesAreInTheClassColours()
    {
        using SegmentationMask mask = TestMasks.Noise(13, 9, seed: 2);
        using RgbaImage image = mask.ToImage();
        using MLImage mlImage = mask.ToMLImage();
        using RgbaImage back = MLImagePixels.ToRgba(mlImage);
        Assert.IsTrue(image.Pixels.SequenceEqual(back.Pixels));
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Rgb color = mask.Classes.ColorOf(mask.Ids[i]);
            CollectionAssert.AreEqual(new byte[] { color.R, color.G, color.B, 255 }, image.Pixels.Slice(4 * i, 4).ToArray());
        }
    }

    [TestMethod]
    public void SavedAndEncodedItIsTheSameIndexedPng()
    {
        using var folder = new TemporaryFolder();
        using SegmentationMask mask = TestMasks.Noise(300, 400, seed: 2);
        string path = folder.File("mask.png");
        mask.Save(path);
        CollectionAssert.AreEqual(File.ReadAllBytes(path), mask.ToPng());
        using SegmentationMask back = MaskFile.Read(path, TestMasks.Classes);
        Assert.IsTrue(mask.Ids.SequenceEqual(back.Ids));
    }

    [TestMethod]
    public void DrawnOverAnImageItIsAnOverlay()
    {
        using SegmentationMask mask = TestMasks.Noise(40, 30, seed: 2);
        using RgbaImage image = TestImages.Noise(40, 30, seed: 3);
        using MLImage mlImage = MLImage.CreateFromPixels(40, 30, MLPixelFormat.Rgba32, image.Pixels);
        using RgbaImage expected = Overlay.Draw(image, mask), drawn = mask.DrawOver(image);
        using MLImage mlDrawn = mask.DrawOver(mlImage);
        using RgbaImage back = MLImagePixels.ToRgba(mlDrawn);
        Assert.IsTrue(expected.Pixels.SequenceEqual(drawn.Pixels));
        Assert.IsTrue(expected.Pixels.SequenceEqual(back.Pixels));
    }
}
