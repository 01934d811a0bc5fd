using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

[TestClass]
public class SuperviselyTests
{
    private const string Scene = """
        {
          "description": "", "tags": [], "size": { "height": 6, "width": 8 },
          "objects": [
            { "id": 1, "classTitle": "road", "geometryType": "polygon", "tags": [],
              "points": { "exterior": [[1, 1], [6, 1], [6, 4], [1, 4]], "interior": [[[3, 2], [4, 2], [4, 3], [3, 3]]] } },
            { "id": 2, "classTitle": "Car", "geometryType": "line", "points": { "exterior": [[0, 5], [7, 5]], "interior": [] } },
            { "id": 3, "classTitle": "tree", "geometryType": "rectangle", "points": { "exterior": [[6, 0], [7, 1]], "interior": [] } }
          ]
        }
        """;

    [TestMethod]
    public void ASceneBecomesItsMask()
    {
        AnnotatedImage image = Read(Scene, "frame.png.json");
        Assert.AreEqual("frame.png", image.Name);
        SegmentationMask mask = AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing);
        string[] rows = [.. Enumerable.Range(0, 6).Select(y => string.Concat(Enumerable.Range(0, 8).Select(x => mask[x, y])))];
        CollectionAssert.AreEqual(new[]
        {
            "00000033",
            "01111133",
            "01100110",
            "01100110",
            "01111110",
            "22222222",
        }, rows);
    }

    [TestMethod]
    public void ALineTakesItsOwnThicknessElseTheOption()
    {
        string line = """{"size":{"height":9,"width":3},"objects":[{"classTitle":"car","geometryType":"line",@"points":{"exterior":[[0,4],[2,4]]}}]}""";
        foreach ((string own, double option, int rows) in new[] { ("", 1.0, 1), ("", 3, 3), ("\"thickness\":5,", 3, 5) })
        {
            using var folder = new TemporaryFolder();
            File.WriteAllText(folder.File("a.json"), line.Replace("@", own));
            AnnotatedImage image = AnnotationFile.Read(folder.File("a.json"), new AnnotationOptions { LineThickness = option });
            SegmentationMask mask = AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing);
            Assert.AreEqual(rows, Enumerable.Range(0, 9).Count(y => mask[1, y] == 2), own);
        }
    }

    [TestMethod]
    public void WhatNobodyAnnotatedIsTheBackgroundClassElseIgnoredOrWhatIsAskedFor()
    {
        AnnotatedImage nothing = Read("""{"size":{"height":1,"width":1},"objects":[]}""");
        Assert.AreEqual(255, AnnotationRasterizer.Draw(nothing, TestMasks.Classes)[0, 0]);
        Assert.AreEqual(3, AnnotationRasterizer.Draw(nothing, TestMasks.Classes, new AnnotationOptions { Unlabelled = "tree" })[0, 0]);
        Assert.ThrowsExactly<ArgumentException>(() => AnnotationRasterizer.Draw(nothing, TestMasks.Classes, new AnnotationOptions { Unlabelled = "tram" }));
        SegmentationClass road = new() { Id = 0, Name = "road", Color = default };
        Assert.AreEqual(1, AnnotationRasterizer.Draw(nothing, new ClassSet(
            [road, new() { Id = 1, Name = "rest", Color = default, From = ["BackGround", "sky"] }]))[0, 0]);
        Assert.AreEqual(255, AnnotationRasterizer.Draw(nothing, new ClassSet([road], new IgnoreClass { From = ["background"] }))[0, 0]);
    }

    [TestMethod]
    public void AByteOrderMarkIsSkipped()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), Scene, System.Text.Encoding.UTF8);
        Assert.HasCount(3, AnnotationFile.Read(folder.File("a.json")).Shapes);
    }

    [TestMethod]
    public void AClassThatIsNotKnownIsNamedWithItsFix()
    {
        AnnotatedImage image = Read(Scene.Replace("Car", "tram"));
        var e = Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing));
        StringAssert.Contains(e.Message, "a.json has the class \"tram\"");
        StringAssert.Contains(e.Message, "test.json");
        StringAssert.Contains(e.Message, "\"from\"");
    }

    [TestMethod]
    [DataRow("", "is empty")]
    [DataRow("no", "is text of no annotation format")]
    [DataRow("{\"size\" 7}", "is not valid JSON")]
    [DataRow("[]", "no annotation format")]
    [DataRow("{}", "no annotation format")]
    [DataRow("""{"size":3,"objects":[]}""", "has a size that is not an object but a number")]
    [DataRow("""{"size":{},"objects":[]}""", "has no size.width")]
    [DataRow("""{"size":{"width":"8","height":6},"objects":[]}""", "size.width that is not a number but a text")]
    [DataRow("""{"size":{"width":8.5,"height":6},"objects":[]}""", "not a whole number")]
    [DataRow("""{"size":{"width":1e12,"height":6},"objects":[]}""", "not a whole number")]
    [DataRow("""{"size":{"width":0,"height":6},"objects":[]}""", "has the size 0x6")]
    [DataRow("""{"size":{"width":100000,"height":100000},"objects":[]}""", "has the size 100000x100000")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":{}}""", "objects that is not an array")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[7]}""", "has no object at objects[0]")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{}]}""", "has no objects[0].classTitle")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a"}]}""", "has no objects[0].points")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","geometryType":"cuboid"}]}""", "has the geometry \"cuboid\"")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4]]}}]}""", "outline has 2 points")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[]}}]}""", "outline has 0 points")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4],[1,4]],"interior":[[[1,1]]]}}]}""", "hole has 1 points")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4],[1,1e999]]}}]}""", "not a finite number")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4],[1,"x"]]}}]}""", "not two numbers")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4],[1,null,2]]}}]}""", "not two numbers")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","points":{"exterior":[[1,2],[3,4],[1,2]],"interior":7}}]}""", "interior that is not an array")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","geometryType":"line","points":{"exterior":[]}}]}""", "without points")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","geometryType":"line","thickness":0.5,"points":{"exterior":[[1,1]]}}]}""", "of thickness 0.5")]
    [DataRow("""{"size":{"width":8,"height":6},"objects":[{"classTitle":"a","geometryType":"rectangle","points":{"exterior":[[1,1]]}}]}""", "of 1 points instead of 2")]
    public void AFaultIsOneLineThatNamesFileAndFault(string json, string fault)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), json);
        AnnotationFormatException e = AnnotationFaults.Of(folder.File("a.json")).Single();
        StringAssert.Contains(e.Message, "a.json " + (fault.StartsWith("is ", StringComparison.Ordinal) ? fault : ""));
        StringAssert.Contains(e.Message, fault);
        Assert.DoesNotContain("\n", e.Message);
    }

    [TestMethod]
    public void ATruncatedFileIsRefusedWhereverItIsCut()
    {
        string compact = Scene.ReplaceLineEndings("");
        for (int length = 0; length < compact.Length; length++)
        {
            Assert.ThrowsExactly<AnnotationFormatException>(() => Read(compact[..length]), $"{length}");
        }
    }

    [TestMethod]
    public void DeepNestingIsRefused()
    {
        var e = Assert.ThrowsExactly<AnnotationFormatException>(() => Read(new string('[', 100_000)));
        StringAssert.Contains(e.Message, "is not valid JSON");
    }

    [TestMethod]
    public void AMissingFileAndAFolderAreNamed()
    {
        using var folder = new TemporaryFolder();
        StringAssert.Contains(Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.Read(folder.File("no.json"))).Message, "no.json does not exist");
        StringAssert.Contains(Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.Read(folder.Path)).Message, "is a folder");
    }

    private static AnnotatedImage Read(string json, string name = "a.json")
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(name), json);
        return AnnotationFile.Read(folder.File(name));
    }
}
