using System.Buffers.Binary;
using SegML.Images;

namespace SegML.Tests.Images;

/// <summary>JPEGs decoded no larger than needed: as good as decoding them whole and shrinking them, and as strict.</summary>
[TestClass]
public sealed class ReducedImageTests
{
    [TestMethod]
    [DataRow(480, 360, 480, 360)]
    [DataRow(479, 361, 720, 540)]
    [DataRow(960, 1, 960, 720)]
    [DataRow(1, 1, 240, 180)]
    [DataRow(1500, 10, 1920, 1440)]
    [DataRow(5000, 5000, 1920, 1440)]
    public void TheSmallestSizeOfferedThatIsNotTooSmallIsTaken(int neededWidth, int neededHeight, int width, int height)
    {
        using RgbaImage image = TestImages.Gradient(1920, 1440);
        ReducedImage reduced = ImageFile.DecodeReduced(ImageFile.EncodeJpeg(image), "photo.jpg", (w, h) =>
        {
            Assert.AreEqual((1920, 1440), (w, h));
            return (neededWidth, neededHeight);
        });
        using var pixels = (RgbaImage)reduced.Pixels;
        Assert.AreEqual((1920, 1440), (reduced.Width, reduced.Height));
        Assert.AreEqual((width, height), (pixels.Width, pixels.Height));
        AssertAlike(image, pixels, most: 4);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public void OrientationIsAppliedToReducedImagesToo(int orientation)
    {
        using RgbaImage image = TestImages.Gradient(643, 401);
        byte[] jpeg = Jpeg.WithSegment(ImageFile.EncodeJpeg(image, 100), Jpeg.Orientation(orientation));
        using RgbaImage upright = ImageFile.Decode(jpeg, "photo.jpg");
        ReducedImage reduced = ImageFile.DecodeReduced(jpeg, "photo.jpg", (w, h) => (w / 5, h / 5));
        using var pixels = (RgbaImage)reduced.Pixels;
        Assert.AreEqual((upright.Width, upright.Height), (reduced.Width, reduced.Height));
        // 2/8 of each side, rounded up.
        Assert.AreEqual(orientation >= 5 ? (101, 161) : (161, 101), (pixels.Width, pixels.Height));
        AssertAlike(upright, pixels, most: 6);
    }

    [TestMethod]
    public void OtherFormatsAreDecodedWhole()
    {
        using RgbaImage image = TestImages.Gradient(300, 200);
        using var pixels = (RgbaImage)ImageFile.DecodeReduced(ImageFile.EncodePng(image), "photo.png", (_, _) => (10, 10)).Pixels;
        Assert.IsTrue(pixels.Pixels.SequenceEqual(image.Pixels));
    }

    [TestMethod]
    public void ATruncatedFileIsRefusedWhereverItIsCut()
    {
        using RgbaImage image = TestImages.Noise(200, 160, seed: 4);
        byte[] file = ImageFile.EncodeJpeg(image);
        foreach (int length in Enumerable.Range(0, file.Length).Where(i => i % 97 == 0 || i > file.Length - 20))
        {
            Assert.ThrowsExactly<ImageFormatException>(
                () => ImageFile.DecodeReduced(file.AsSpan(0, length), "cut.jpg", (_, _) => (50, 40)).Pixels.Dispose(), $"{length} of {file.Length}");
        }
    }

    [TestMethod]
    public void TheLimitIsOnTheFilesOwnSize()
    {
        using RgbaImage image = TestImages.Gradient(64, 64);
        byte[] file = ImageFile.EncodeJpeg(image);
        int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 60000);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), 60000);
        var e = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.DecodeReduced(file, "bomb.jpg", (_, _) => (48, 32)).Pixels.Dispose());
        Assert.StartsWith("bomb.jpg is 60000x60000, 3600000000 pixels, above the limit of 200000000", e.Message);
    }

    /// <summary>Compares with the whole image after both are brought to one size.</summary>
    private static void AssertAlike(RgbaImage whole, RgbaImage reduced, int most)
    {
        using RgbaImage expected = ImageResizer.Resize(whole, 60, 40), actual = ImageResizer.Resize(reduced, 60, 40);
        for (int i = 0; i < expected.Pixels.Length; i++)
        {
            Assert.IsLessThanOrEqualTo(most, Math.Abs(expected.Pixels[i] - actual.Pixels[i]), $"value {i}");
        }
    }
}
