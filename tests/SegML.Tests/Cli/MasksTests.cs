using SegML.Masks;
using SegML.Tests.Annotations;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Cli;

[TestClass]
public sealed class MasksTests
{
    [TestMethod]
    public void ANameWithANulCostsOneImage()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("coco.json"), """
            {"images": [{"id": 1, "file_name": "a\u0000b.png", "width": 10, "height": 10}, {"id": 2, "file_name": "c.png", "width": 10, "height": 10}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]], "iscrowd": 0},
                             {"id": 2, "image_id": 2, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 5]], "iscrowd": 0}],
             "categories": [{"id": 1, "name": "road"}]}
            """);
        Segml.Result result = Segml.Run("data", "masks", folder.File("coco.json"), "--pipeline", Pipeline(folder), "--out", folder.File("out"));
        Segml.Fails(2, result, "coco.json", "no file's name");
        Assert.DoesNotContain("\0", result.Error);
        Assert.IsTrue(File.Exists(folder.File("out/c.png")));
    }

    [TestMethod]
    public void PhotosBesideTheirAnnotationsAreNoMasks()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));
        File.Move(SceneFiles.Write(folder, "labelme"), folder.File("in/a.json"));
        using (SegML.Images.RgbaImage photo = TestImages.Noise(32, 24, seed: 1))
        {
            SegML.Images.ImageFile.Write(folder.File("in/a.png"), photo);
        }
        Segml.Result result = Segml.Run("data", "masks", folder.File("in"), "--pipeline", Pipeline(folder), "--out", folder.File("out"));
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("1 mask in", result.Output);
    }

    [TestMethod]
    public void AFileOfManyImagesBecomesAMaskEachAndFaultsAreToldBesideThem()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("in"));
        File.WriteAllText(folder.File("in/all.xml"), """
            <annotations>
              <image name="drive/a.jpg" width="4" height="3"><box label="road" xtl="0" ytl="0" xbr="2" ybr="3"/></image>
              <image name="drive/b.jpg" width="4" height="3"><box label="tram" xtl="0" ytl="0" xbr="2" ybr="3"/></image>
              <image name="../../c.jpg" width="4" height="3"></image>
              <image name="drive/d.jpg" width="4" height="3"></image>
            </annotations>
            """);
        File.WriteAllText(folder.File("in/damaged.json"), "{");
        File.Move(SceneFiles.Write(folder, "labelme"), folder.File("in/scene.json"));
        Segml.Result result = Segml.Run("data", "masks", folder.File("in"), "--pipeline", Pipeline(folder), "--out", folder.File("out/masks"));
        Assert.AreEqual(2, result.Code);
        foreach (string fault in new[] { "damaged.json is not valid JSON", "has the class \"tram\"", "names the image \"../../c.jpg\", which lies outside" })
        {
            StringAssert.Contains(result.Error, fault);
        }
        StringAssert.Contains(result.Output, "3 masks in");
        CollectionAssert.AreEquivalent(new[] { "a.png", "drive/a.png", "drive/d.png" },
            Directory.GetFiles(folder.File("out"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.File("out/masks"), f)).ToArray());
        SegmentationMask mask = MaskFile.Read(folder.File("out/masks/drive/a.png"), TestMasks.Classes);
        CollectionAssert.AreEqual(new byte[] { 1, 1, 0, 0 }, mask.Ids[..4].ToArray());
    }

    [TestMethod]
    public void TwoImagesOfOneNameAreNotWrittenOverEachOther()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("all.xml"),
            "<annotations><image name=\"a.jpg\" width=\"4\" height=\"3\"/><image name=\"a.png\" width=\"4\" height=\"3\"/></annotations>");
        Segml.Fails(2, Segml.Run("data", "masks", folder.File("all.xml"), "--pipeline", Pipeline(folder), "--out", folder.File("out")), "would be written to the same mask a.png");
    }

    [TestMethod]
    public void LinesTakeTheThicknessGivenAndYoloTheImagesNamed()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("photos"));
        using (var image = new SegML.Images.RgbaImage(9, 9))
        {
            SegML.Images.ImageFile.Write(folder.File("photos/a.png"), image);
        }
        // Half of 9 pixels is rounded to the even 4: rows and columns 0 to 4.
        File.WriteAllText(folder.File("a.txt"), "2 0 0 0.5 0 0.5 0.5 0 0.5");
        Segml.Fails(2, Segml.Run("data", "masks", folder.File("a.txt"), "--pipeline", Pipeline(folder), "--out", folder.File("out"), "--images", folder.File("photos")),
            "has the class number 2, which has no name");
        File.WriteAllText(folder.File("classes.txt"), "sky\nroad\ncar\n");
        Segml.Result result = Segml.Run("data", "masks", folder.File("a.txt"), "--pipeline", Pipeline(folder), "--out", folder.File("out"), "--images", folder.File("photos"));
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual(25, MaskFile.Read(folder.File("out/a.png"), TestMasks.Classes).Ids.ToArray().Count(id => id == 2));
        File.WriteAllText(folder.File("l.json"), """
            {"imageWidth":9,"imageHeight":9,"imagePath":"l.png","shapes":[{"label":"car","shape_type":"line","points":[[0,4],[8,4]]}]}
            """);
        Assert.AreEqual(0, Segml.Run("data", "masks", folder.File("l.json"), "--pipeline", Pipeline(folder, ", \"lineThickness\": 3"), "--out", folder.File("out")).Code);
        Assert.AreEqual(27, MaskFile.Read(folder.File("out/l.png"), TestMasks.Classes).Ids.ToArray().Count(id => id == 2));
    }

    private static string Pipeline(TemporaryFolder folder, string data = "")
    {
        File.WriteAllText(folder.File("p.json"), """
            { "name": "p", "classes": [ { "id": 0, "name": "sky" }, { "id": 1, "name": "road" }, { "id": 2, "name": "car" }, { "id": 3, "name": "tree" } ],
              "data": { "unlabelled": "sky"@ } }
            """.Replace("@", data));
        return folder.File("p.json");
    }
}
