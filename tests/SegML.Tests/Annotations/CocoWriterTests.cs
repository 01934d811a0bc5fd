using SegML.Annotations;
using SegML.Annotations.Export;
using SegML.Annotations.Formats;
using SegML.Instances;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

[TestClass]
public class CocoWriterTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void MasksWrittenAreMasksRead(bool polygons)
    {
        // Noise has all that outlines can meet: holes in holes, pixels that touch at corners, the image's edges.
        SegmentationMask[] masks =
        [
            Noise(23, 17, 1), Noise(1, 9, 2), Noise(40, 1, 3), Noise(1, 1, 4), SceneFiles.Mask(), new(5, 4, TestMasks.Classes), Rings(),
        ];
        using var folder = new TemporaryFolder();
        CocoWriter.Write(folder.File("a.json"), masks.Select((m, i) => ($"{i}.jpg", m)), new CocoOptions { Polygons = polygons });
        AnnotatedImage[] read = [.. AnnotationFile.ReadAll(folder.File("a.json"))];
        Assert.HasCount(masks.Length, read);
        for (int i = 0; i < masks.Length; i++)
        {
            Assert.AreEqual($"{i}.jpg", read[i].Name);
            CollectionAssert.AreEqual(masks[i].Ids.ToArray(), AnnotationRasterizer.Draw(read[i], TestMasks.Classes, TestMasks.Drawing).Ids.ToArray(), $"mask {i}");
        }
    }

    [TestMethod]
    public void OnlyWantedClassesBecomeAnnotationsAndIgnoredPixelsNone()
    {
        var mask = new SegmentationMask(4, 1, [1, 2, 255, 2], TestMasks.Classes);
        using var folder = new TemporaryFolder();
        CocoWriter.Write(folder.File("a.json"), [("a.jpg", mask)], new CocoOptions { Instances = new InstanceOptions { Classes = ["car"] } });
        AnnotatedImage read = AnnotationFile.Read(folder.File("a.json"));
        CollectionAssert.AreEqual(new[] { "car", "car" }, read.Shapes.Select(s => s.ClassName).ToArray());
    }

    [TestMethod]
    public void AFileIsWrittenWholeOrNotAtAll()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<ArgumentException>(() => CocoWriter.Write(folder.File("a.json"), []));
        Assert.IsEmpty(Directory.GetFiles(folder.Path));
    }

    private static SegmentationMask Noise(int width, int height, int seed)
    {
        SegmentationMask mask = TestMasks.Noise(width, height, seed);
        mask.Ids.Replace(TestMasks.Classes.IgnoreIndex, (byte)2);
        return mask;
    }

    // Rings in rings, so that every band has holes in its pieces.
    private static SegmentationMask Rings()
    {
        var mask = new SegmentationMask(25, 21, TestMasks.Classes);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, 25);
            mask.Ids[i] = (byte)(Math.Min(Math.Min(x, 24 - x), Math.Min(y, 20 - y)) / 2 % 3);
        }
        return mask;
    }
}
