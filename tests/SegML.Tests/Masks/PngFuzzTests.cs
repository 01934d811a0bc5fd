using SegML.Images;
using SegML.Masks;
using SegML.Tests.Fuzzing;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

/// <summary>Mask files of every kind, damaged at random: each gives a mask of the size that its header says, or one typed line.</summary>
[TestClass]
public sealed class PngFuzzTests
{
    private const int Width = 61, Height = 43;

    [TestMethod]
    [DataRow("class ids of 8 bits", 0, 8, false)]
    [DataRow("class ids of 16 bits", 0, 16, false)]
    [DataRow("Pascal VOC's palette", 3, 8, false)]
    [DataRow("a palette of 4 bits, interlaced", 3, 4, true)]
    [DataRow("colours", 2, 8, false)]
    [DataRow("colours with alpha, interlaced", 6, 8, true)]
    public void ADamagedFileIsAMaskOrATypedError(string what, int kind, int depth, bool interlaced)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", new TestPng
        {
            Width = Width,
            Height = Height,
            Kind = kind,
            Depth = depth,
            Interlaced = interlaced,
            Filter = -1,
            Sample = (x, y, c) => kind is 2 or 6 ? ColorAt(x, y)[c] : IdAt(x, y),
        }.Encode());
        int read = FuzzRun.Of(path, seed: 100 + 10 * kind + depth, PngDamage.Of, () =>
        {
            (int width, int height) = MaskFile.ReadSize(path);
            using SegmentationMask mask = MaskFile.Read(path, TestMasks.Classes);
            Assert.AreEqual((width, height), (mask.Width, mask.Height));
            foreach (byte id in mask.Ids)
            {
                Assert.IsTrue(TestMasks.Classes.Holds(id));
            }
        });
        Assert.IsGreaterThan(0, read, what);
    }

    private static int IdAt(int x, int y) => (x / 9 + y / 7) % 4;

    private static byte[] ColorAt(int x, int y)
    {
        Rgb color = TestMasks.Classes.ColorOf((byte)IdAt(x, y));
        return [color.R, color.G, color.B, 255];
    }
}
