using SegML.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Images;

[TestClass]
public class ImageFileTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void APNGReadsBackExactly(bool opaque)
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Noise(123, 45, seed: 2, opaque);
        string path = folder.File("image.png");
        ImageFile.Write(path, image);
        using RgbaImage read = ImageFile.Read(path);
        Assert.IsTrue(image.Pixels.SequenceEqual(read.Pixels));
        Assert.AreEqual((123, 45), ImageFile.ReadSize(path));
    }

    [TestMethod]
    [DataRow(".jpg")]
    [DataRow(".JPEG")]
    public void AJPEGReadsBackNearly(string extension)
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(160, 90);
        string path = folder.File("image" + extension);
        ImageFile.Write(path, image);
        using RgbaImage read = ImageFile.Read(path);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            Assert.AreEqual((double)image.Pixels[i], read.Pixels[i], 12);
        }
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
    public void EXIFOrientationIsApplied(int orientation)
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(96, 64);
        byte[] jpeg = ImageFile.EncodeJpeg(image, 100);
        using RgbaImage stored = ImageFile.Decode(jpeg, "stored");
        string path = folder.File("photo.jpg", Jpeg.WithSegment(jpeg, Jpeg.Orientation(orientation)));
        using RgbaImage upright = ImageFile.Read(path);
        Assert.AreEqual(orientation >= 5 ? (64, 96) : (96, 64), (upright.Width, upright.Height));
        Assert.AreEqual((upright.Width, upright.Height), ImageFile.ReadSize(path));
        // Which side of the picture the stored first row and first column are (CIPA DC-008, table of tag 0x0112).
        (bool swap, bool flipX, bool flipY) = orientation switch
        {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        for (int row = 0; row < 64; row++)
        {
            for (int column = 0; column < 96; column++)
            {
                (int x, int y) = swap ? (row, column) : (column, row);
                x = flipX ? upright.Width - 1 - x : x;
                y = flipY ? upright.Height - 1 - y : y;
                Assert.IsTrue(stored.Row(row).Slice(column * 4, 4).SequenceEqual(upright.Row(y).Slice(x * 4, 4)), $"({column}, {row})");
            }
        }
    }

    [TestMethod]
    public void ASizeBehindMuchMetadataIsFound()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(30, 20);
        byte[] jpeg = ImageFile.EncodeJpeg(image);
        for (int i = 0; i < 3; i++)
        {
            jpeg = Jpeg.WithSegment(jpeg, new byte[60_000]);
        }
        Assert.AreEqual((30, 20), ImageFile.ReadSize(folder.File("photo.jpg", jpeg)));
    }

    [TestMethod]
    public void ASizeNeedsNoMoreThanTheHeader()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Noise(300, 200, seed: 1);
        Assert.AreEqual((300, 200), ImageFile.ReadSize(folder.File("cut.png", ImageFile.EncodePng(image).AsSpan(0, 5000))));
    }

    [TestMethod]
    public void AnImageAboveThePixelLimitIsRefusedBeforeMemoryIsTaken()
    {
        using var folder = new TemporaryFolder();
        byte[] header = [0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50, 8, 2, 0, 0, 0];
        string bomb = folder.File("bomb.png", TestPng.Assemble([("IHDR", header), ("IDAT", TestPng.Compress(new byte[100_000])), ("IEND", [])]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(bomb, "is 50000x50000, 2500000000 pixels, above the limit of 200000000");
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.ReadSize(bomb));
        using RgbaImage image = TestImages.Gradient(11, 10);
        byte[] png = ImageFile.EncodePng(image);
        Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode(png, "a", new ImageReadOptions { MaxPixels = 109 }));
        ImageFile.Decode(png, "a", new ImageReadOptions { MaxPixels = 110 }).Dispose();
    }

    [TestMethod]
    public void WhatCannotBeReadIsNamedWithItsFault()
    {
        using var folder = new TemporaryFolder();
        Refused(folder.File("missing.png"), "does not exist");
        Refused(folder.File("no/missing.png"), "does not exist");
        Refused(folder.Path, "is a folder");
        Refused(folder.File("empty.png", []), "is empty");
        Refused(folder.File("text.png", "hello, this is not an image"u8), "is not an image");
        Refused(folder.File("svg.png", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>"u8), "is not an image");
        Refused(folder.File("head.jpg", [0xFF, 0xD8, 0xFF]), "is truncated or damaged (its header)");
        Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode([], "nothing"));
    }

    [TestMethod]
    public void AnImageInAFormatThatIsNotWrittenIsRefused()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(2, 2);
        var e = Assert.ThrowsExactly<OutputException>(() => ImageFile.Write(folder.File("a.tiff"), image));
        StringAssert.Contains(e.Message, "has the extension \".tiff\"");
        using var wide = new RgbaImage(65536, 1);
        StringAssert.Contains(Assert.ThrowsExactly<OutputException>(() => ImageFile.Write(folder.File("a.jpg"), wide)).Message, "write a .png");
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    [TestMethod]
    public void ReadingAllocatesNextToNothing()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Gradient(200, 100);
        string path = folder.File("image.jpg");
        ImageFile.Write(path, image);
        ImageFile.Read(path).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            ImageFile.Read(path).Dispose();
        }
        Assert.IsLessThan(4096 * 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Refused(string path, string fault)
    {
        var e = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Read(path));
        StringAssert.StartsWith(e.Message, $"{path} {fault}");
        Assert.DoesNotContain("\n", e.Message);
    }
}
