using SegML.Images;
using SegML.ImageSharp;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace SegML.Tests.ImageSharp;

[TestClass]
public sealed class ImageSharpFileTests
{
    [TestMethod]
    [DataRow("photo.tiff")]
    [DataRow("photo.bmp")]
    [DataRow("photo.png")]
    [DataRow("photo.tga")]
    public void FilesAreReadExactly(string name)
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Noise(23, 9, seed: 1);
        using Image<Rgb24> written = image.ToRgb24();
        written.Save(folder.File(name));
        using RgbaImage read = ImageSharpFile.Read(folder.File(name));
        Assert.IsTrue(image.Pixels.SequenceEqual(read.Pixels));
    }

    [TestMethod]
    public void SixteenBitsAreRoundedToEight()
    {
        using var folder = new TemporaryFolder();
        using var deep = new Image<Rgb48>(2, 1);
        (deep[0, 0], deep[1, 0]) = (new Rgb48(65535, 32768, 128), new Rgb48(129, 0, 257 * 77));
        deep.Save(folder.File("deep.png"));
        folder.File("deep.tiff", new TestTiff { Width = 2, Channels = 3, Bits = 16, Sample = (x, _, c) => c switch { 0 => deep[x, 0].R, 1 => deep[x, 0].G, _ => deep[x, 0].B } }.Encode());
        foreach (string name in (string[])["deep.png", "deep.tiff"])
        {
            using RgbaImage read = ImageSharpFile.Read(folder.File(name));
            CollectionAssert.AreEqual(new byte[] { 255, 128, 0, 255, 1, 0, 77, 255 }, read.Pixels.ToArray(), name);
        }
    }

    [TestMethod]
    public void ImagesAndMasksGoThereAndBack()
    {
        using RgbaImage image = TestImages.Noise(17, 5, seed: 2);
        using Image<Rgb24> there = image.ToRgb24();
        using RgbaImage back = there.ToRgbaImage();
        Assert.IsTrue(image.Pixels.SequenceEqual(back.Pixels));

        SegmentationMask mask = TestMasks.Noise(11, 7, seed: 3);
        using Image<L8> levels = mask.ToL8();
        Assert.IsTrue(mask.Ids.SequenceEqual(levels.ToMask(mask.Classes).Ids));
        using RgbaImage grey = levels.ToRgbaImage();
        Assert.AreEqual(mask.Ids[5], grey.Pixels[4 * 5 + 1]);
        levels[3, 2] = new L8(200);
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => levels.ToMask(mask.Classes)).Message, "200 at (3, 2)");
    }

    [TestMethod]
    public void GreyTiffMasksAreTranslated()
    {
        using var folder = new TemporaryFolder();
        var classes = new ClassSet(
            [
                new SegmentationClass { Id = 0, Name = "road", Color = new Rgb(9, 9, 9), From = ["7", "900"] },
                new SegmentationClass { Id = 1, Name = "other", Color = new Rgb(0, 9, 9), From = ["2"] },
            ],
            new IgnoreClass { Id = 255, Color = default }, "street.json");
        int[] deep = [900, 2, 7];
        folder.File("m16.tiff", new TestTiff { Width = 3, Bits = 16, Sample = (x, _, _) => deep[x] }.Encode());
        CollectionAssert.AreEqual(new byte[] { 0, 1, 0 }, ImageSharpFile.ReadMask(folder.File("m16.tiff"), classes).Ids.ToArray());

        folder.File("m8.tiff", new TestTiff { Width = 2, Sample = (x, _, _) => x == 0 ? 2 : 9 }.Encode());
        Refused("m8.tiff", "value 9 at (1, 0)");

        using var color = new Image<Rgb24>(2, 1);
        color.Save(folder.File("color.tiff"));
        Refused("color.tiff", "grey TIFF");

        void Refused(string name, string fault) => StringAssert.Contains(
            Assert.ThrowsExactly<MaskFormatException>(() => ImageSharpFile.ReadMask(folder.File(name), classes)).Message, fault);
    }

    [TestMethod]
    public void BadFilesAreOneClearLine()
    {
        using var folder = new TemporaryFolder();
        using RgbaImage image = TestImages.Noise(40, 30, seed: 1);
        using Image<Rgb24> written = image.ToRgb24();
        written.Save(folder.File("whole.tiff"));
        byte[] whole = File.ReadAllBytes(folder.File("whole.tiff"));
        Refused(folder.File("none.tiff"), "does not exist");
        Refused(folder.File("text.tiff", "no image"u8.ToArray()), "not an image");
        Refused(folder.File("half.tiff", whole[..(whole.Length / 2)]), "damaged");
        StringAssert.Contains(Assert.ThrowsExactly<SegML.ImageFormatException>(() =>
            ImageSharpFile.Read(folder.File("whole.tiff"), new ImageReadOptions { MaxPixels = 1000 })).Message, "more than 1000");

        static void Refused(string path, string fault)
        {
            string message = Assert.ThrowsExactly<SegML.ImageFormatException>(() => ImageSharpFile.Read(path)).Message;
            StringAssert.Contains(message, fault);
            StringAssert.StartsWith(message, path);
        }
    }
}
