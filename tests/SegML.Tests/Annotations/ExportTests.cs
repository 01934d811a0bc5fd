using SegML.Annotations;
using SegML.Annotations.Export;
using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

[TestClass]
public sealed class ExportTests
{
    [TestMethod]
    [DataRow("coco")]
    [DataRow("cvat")]
    [DataRow("labelme")]
    [DataRow("labelstudio")]
    [DataRow("supervisely")]
    [DataRow("yolo")]
    public void AnnotationsOfAMaskDrawTheVerySameMask(string form)
    {
        // Noise has all that outlines can meet: lines of one pixel, holes in holes, pixels that touch at corners, the image's edges.
        (string Name, SegmentationMask Mask)[] masks =
            [("a.png", Noise(23, 17, 1)), ("b.png", Noise(1, 9, 2)), ("c.png", Noise(40, 1, 3)), ("d.png", SceneFiles.Mask()), ("e.png", new(5, 4, TestMasks.Classes))];
        using var folder = new TemporaryFolder();
        foreach ((string name, SegmentationMask mask) in masks)
        {
            using var image = new RgbaImage(mask.Width, mask.Height);
            ImageFile.Write(folder.File($"images/{name}"), image);
        }
        string written = AnnotationExport.Of(form)!.Write(folder.Path, masks);
        Dictionary<string, AnnotatedImage> read = (File.Exists(written) ? AnnotationFile.ReadAll(written) : masks.SelectMany(m => AnnotationFile.ReadAll(form switch
        {
            "labelme" => Path.Combine(written, Path.ChangeExtension(m.Name, ".json")),
            "supervisely" => Path.Combine(written, "ds0/ann", m.Name + ".json"),
            _ => Path.Combine(written, "labels", Path.ChangeExtension(m.Name, ".txt")),
        }))).ToDictionary(i => i.Name);
        foreach ((string name, SegmentationMask mask) in masks)
        {
            CollectionAssert.AreEqual(mask.Ids.ToArray(), AnnotationRasterizer.Draw(read[name], TestMasks.Classes).Ids.ToArray(), name);
        }
    }

    [TestMethod]
    public void BackgroundBecomesNoObjectAndMasksOfOtherClassesAreRefused()
    {
        var classes = new ClassSet([new() { Id = 0, Name = "background", Color = default }, new() { Id = 1, Name = "road", Color = default }]);
        var mask = new SegmentationMask(4, 1, [0, 1, 1, 255], classes);
        using var folder = new TemporaryFolder();
        foreach (AnnotationExport form in AnnotationExport.All)
        {
            Assert.ThrowsExactly<ArgumentException>(() => form.Write(folder.File(form.Name), []));
            Assert.ThrowsExactly<ArgumentException>(() => form.Write(folder.File(form.Name), [("a.png", mask), ("b.png", new(4, 1, TestMasks.Classes))]));
        }
        AnnotatedImage read = AnnotationFile.Read(AnnotationExport.Of("coco")!.Write(folder.Path, [("a.png", mask)]));
        Assert.AreEqual("road", read.Shapes.Single().ClassName);
        CollectionAssert.AreEqual(new byte[] { 0, 1, 1, 0 }, AnnotationRasterizer.Draw(read, classes).Ids.ToArray());
    }

    // Ignored pixels become nothing, and what nobody annotated is ignored: the same again.
    private static SegmentationMask Noise(int width, int height, int seed) => TestMasks.Noise(width, height, seed);
}
