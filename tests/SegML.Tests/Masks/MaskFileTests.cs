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
    public void A_written_mask_reads_back(int width, int height)
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
}
