using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

[TestClass]
public class MaskFileTests
{
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(333, 77)]
    [DataRow(640, 480)]
    public void AWrittenMaskReadsBack(int width, int height)
    {
        using var folder = new TemporaryFolder();
        SegmentationMask mask = TestMasks.Noise(width, height, seed: 3);
        string path = folder.File("sub/mask.png");
        MaskFile.Write(path, mask);
        SegmentationMask read = MaskFile.Read(path, mask.Classes);
        Assert.IsTrue(mask.Ids.SequenceEqual(read.Ids));
        Assert.AreEqual((width, height), (read.Width, read.Height));
        Assert.AreEqual((width, height), MaskFile.ReadSize(path));
    }

    [TestMethod]
    public void TheLimitIsTheCallersAndIsRaisedForLargeMasks()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("large.png");
        using (var large = new SegmentationMask(20_000, 10_001, TestMasks.Classes))
        {
            MaskFile.Write(path, large);
        }
        var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.Read(path, TestMasks.Classes));
        StringAssert.EndsWith(e.Message, "is 20000x10001, 200020000 pixels, above the limit of 200000000; scale it down or raise the limit");
        var raised = new ImageReadOptions { MaxPixels = 200_020_000 };
        Assert.AreEqual((20_000, 10_001), MaskFile.ReadSize(path, raised));
        Assert.AreEqual(200_020_000, MaskFile.ReadRaw(path, raised).Bytes!.Length);
        Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.ReadRaw(path, new ImageReadOptions { MaxPixels = 200_019_999 }));
    }

    [TestMethod]
    public void AWrittenMaskShowsTheClassColoursInOtherPrograms()
    {
        SegmentationMask mask = TestMasks.Noise(50, 40, seed: 4);
        using RgbaImage shown = ImageFile.Decode(MaskFile.EncodePng(mask), "mask.png");
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            Span<byte> pixel = shown.Pixels.Slice(i * 4, 4);
            Assert.AreEqual(mask.Classes.ColorOf(mask.Ids[i]), new Rgb(pixel[0], pixel[1], pixel[2]));
        }
    }

    [TestMethod]
    public void ValuesAreTranslatedThroughTheClasses()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = new(
        [
            new() { Id = 0, Name = "a", Color = default, From = ["7", "1000"] },
            new() { Id = 1, Name = "b", Color = default, From = ["0"] },
        ], new IgnoreClass { From = ["65535", "200"] });
        string words = folder.File("w.png", Row(16, 0, [7, 1000, 0, 65535, 1000]));
        CollectionAssert.AreEqual(new byte[] { 0, 0, 1, 255, 0 }, MaskFile.Read(words, classes).Ids.ToArray());
        string bytes = folder.File("b.png", Row(8, 3, [7, 0, 200, 0]));
        CollectionAssert.AreEqual(new byte[] { 0, 1, 255, 1 }, MaskFile.Read(bytes, classes).Ids.ToArray());
    }

    [TestMethod]
    public void ColoursAreTranslatedThroughFromAndPalette()
    {
        using var folder = new TemporaryFolder();
        ClassSet classes = new(
        [
            new() { Id = 0, Name = "a", Color = new(10, 20, 30), From = ["#FF0000", "#00ff00"] },
            new() { Id = 1, Name = "b", Color = new(1, 2, 3) },
        ], new IgnoreClass { Color = new(9, 9, 9) });
        int[] colors = [0xFF0000, 0x00FF00, 0x0A141E, 0x010203, 0x090909];
        foreach (int kind in new[] { 2, 6 })
        {
            string path = folder.File("c.png", Colors(kind, colors));
            CollectionAssert.AreEqual(new byte[] { 0, 0, 0, 1, 255 }, MaskFile.Read(path, classes).Ids.ToArray());
        }
    }

    [TestMethod]
    public void AValueOfNoClassIsNamedWithItsPlaceAndFix()
    {
        using var folder = new TemporaryFolder();
        Refused(folder.File("0007.png", Row(8, 0, [0, 3, 200])), "holds value 200 at (2, 0), not among the 4 classes or ignore index 255 of test.json");
        Refused(folder.File("0008.png", Row(16, 0, [0, 300])), "holds value 300 at (1, 0)");
        Refused(folder.File("0009.png", Colors(2, [0x8040FF])), "holds colour #8040ff at (0, 0)");
        Refused(folder.File("0010.png", new TestPng { Width = 9, Height = 5, Sample = (x, y, _) => x == 6 && y == 4 ? 4 : 1 }.Encode()), "holds value 4 at (6, 4)");
    }

    [TestMethod]
    [DataRow(31, 17, 64, 5)]
    [DataRow(31, 17, 10, 60)]
    [DataRow(31, 17, 31, 17)]
    [DataRow(1, 1, 3, 2)]
    [DataRow(5, 4, 1, 1)]
    public void ResizeTakesTheNearestPixel(int width, int height, int newWidth, int newHeight)
    {
        SegmentationMask mask = TestMasks.Noise(width, height, seed: 9);
        SegmentationMask resized = mask.Resize(newWidth, newHeight);
        Assert.AreSame(mask.Classes, resized.Classes);
        for (int y = 0; y < newHeight; y++)
        {
            for (int x = 0; x < newWidth; x++)
            {
                Assert.AreEqual(mask[(int)Math.Floor((x + 0.5m) * width / newWidth), (int)Math.Floor((y + 0.5m) * height / newHeight)], resized[x, y]);
            }
        }
    }

    [TestMethod]
    public void AMaskThatCannotBeWrittenLeavesWhatWasThere()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("taken", "old"u8);
        Assert.ThrowsExactly<OutputException>(() => MaskFile.Write(folder.File("taken/mask.png"), TestMasks.Noise(2, 2, 1)));
        Assert.AreEqual("old", File.ReadAllText(path));
    }

    private static void Refused(string path, string fault)
    {
        var e = Assert.ThrowsExactly<MaskFormatException>(() => MaskFile.Read(path, TestMasks.Classes));
        StringAssert.StartsWith(e.Message, $"{path} {fault}");
        StringAssert.Contains(e.Message, "\"from\"");
    }

    private static byte[] Row(int depth, int kind, int[] values) =>
        new TestPng { Width = values.Length, Depth = depth, Kind = kind, Sample = (x, _, _) => values[x] }.Encode();

    private static byte[] Colors(int kind, int[] colors) =>
        new TestPng { Width = colors.Length, Kind = kind, Sample = (x, _, c) => c == 3 ? 0 : colors[x] >> (16 - 8 * c) & 255 }.Encode();
}
