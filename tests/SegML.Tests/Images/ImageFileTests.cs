using SegML.Images;

namespace SegML.Tests.Images;

[TestClass]
public class ImageFileTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_PNG_reads_back_exactly(bool opaque)
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
    public void A_truncated_file_is_refused_wherever_it_is_cut()
    {
        using RgbaImage image = TestImages.Gradient(200, 150);
        foreach (byte[] file in new[] { ImageFile.EncodePng(image), ImageFile.EncodeJpeg(image) })
        {
            using RgbaImage whole = ImageFile.Decode(file, "whole");
            for (int length = 0; length < file.Length; length += Math.Max(1, file.Length / 200))
            {
                var e = Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode(file.AsSpan(0, length), "cut.img"), $"{length} of {file.Length}");
                StringAssert.StartsWith(e.Message, "cut.img is ");
            }
            Assert.ThrowsExactly<ImageFormatException>(() => ImageFile.Decode(file.AsSpan(0, file.Length - 1), "cut.img"));
        }
    }
}
