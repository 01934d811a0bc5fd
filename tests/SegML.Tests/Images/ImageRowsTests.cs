using SegML.Images;
using SegML.Masks;
using SegML.Tests.Masks;

namespace SegML.Tests.Images;

[TestClass]
public sealed class ImageRowsTests
{
    private static readonly ImageReadOptions Options = new();

    [TestMethod]
    [DataRow("image.png", true)]
    [DataRow("alpha.png", false)]
    [DataRow("image.jpg", true)]
    public void RowsAreThoseOfTheImage(string name, bool opaque)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(name);
        using (RgbaImage image = TestImages.Noise(61, 45, seed: 1, opaque))
        {
            ImageFile.Write(path, image);
        }
        AssertReads(path);
    }

    [TestMethod]
    public void RowsOfAnIndexedPngAreItsColours()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("mask.png");
        MaskFile.Write(path, TestMasks.Noise(40, 33, seed: 8));
        AssertReads(path);
    }

    [TestMethod]
    public void ACutOffFileIsAnErrorWhereverItIsCut()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["image.png", "image.jpg"])
        {
            string path = folder.File(name);
            using (RgbaImage image = TestImages.Noise(61, 45, seed: 1))
            {
                ImageFile.Write(path, image);
            }
            byte[] whole = File.ReadAllBytes(path);
            for (int length = 0; length < whole.Length - 12; length += whole.Length / 23)
            {
                string cut = folder.File($"cut{length}{Path.GetExtension(name)}", whole.AsSpan(0, length));
                Assert.ThrowsExactly<ImageFormatException>(() => ReadAll(cut).Dispose(), $"{name} of {length} bytes");
            }
        }
    }

    [TestMethod]
    public void AChangedByteOfAPngIsAnError()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("image.png");
        using (RgbaImage image = TestImages.Noise(61, 45, seed: 1))
        {
            ImageFile.Write(path, image);
        }
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        var e = Assert.ThrowsExactly<ImageFormatException>(() => ReadAll(folder.File("changed.png", bytes)).Dispose());
        Assert.Contains("is damaged", e.Message);
    }

    [TestMethod]
    public void WhatIsNoImageIsRefusedAsElsewhere()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<ImageFormatException>(() => ImageRows.Open(folder.File("missing.png"), Options));
        Assert.ThrowsExactly<ImageFormatException>(() => ImageRows.Open(folder.Path, Options));
        Assert.ThrowsExactly<ImageFormatException>(() => ImageRows.Open(folder.File("text.png", "text"u8), Options));
        Assert.ThrowsExactly<ImageFormatException>(() => ImageRows.Open(folder.File("empty.png", []), Options));
    }

    private static void AssertReads(string path)
    {
        using RgbaImage expected = ImageFile.Read(path), actual = ReadAll(path);
        Assert.AreEqual((expected.Width, expected.Height), (actual.Width, actual.Height));
        for (int i = 0; i < expected.Pixels.Length; i++)
        {
            // Alpha is of no use to a network.
            if (i % 4 != 3)
            {
                Assert.AreEqual(expected.Pixels[i], actual.Pixels[i], $"byte {i}");
            }
        }
    }

    /// <summary>In portions of unlike size.</summary>
    private static RgbaImage ReadAll(string path)
    {
        using ImageRows rows = ImageRows.Open(path, Options);
        Assert.AreNotEqual("MemoryRows", rows.GetType().Name, "the file was decoded whole");
        var image = new RgbaImage(rows.Width, rows.Height);
        for (int y = 0, count = 1; y < rows.Height; y += count, count += 3)
        {
            count = Math.Min(count, rows.Height - y);
            rows.Read(image.Pixels.Slice(4 * y * rows.Width, 4 * count * rows.Width));
        }
        return image;
    }
}
