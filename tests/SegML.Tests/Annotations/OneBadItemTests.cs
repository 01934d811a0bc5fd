using System.Text.Json;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

/// <summary>One bad item costs only itself, whatever the format; it is counted, and left out only where that is asked for.</summary>
[TestClass]
public sealed class OneBadItemTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void OneBadObjectOfAThousandImagesCostsItsImageOrWithSkipOnlyItself()
    {
        string path = Coco([.. Enumerable.Range(0, 1000).Select(i => (object)new
        {
            id = i,
            image_id = i,
            category_id = 1,
            segmentation = i == 10 ? new[] { new[] { 1, 1, 5, 5 } } : [[1, 1, 5, 1, 5, 5]],
        })], images: 1000);
        AnnotationMasksResult strict = Draw(path, UnusablePolicy.Error);
        Assert.AreEqual((999, 1), (strict.Masks, strict.Failed));
        Assert.AreEqual(("outline of fewer than 3 points", 0, 1), (strict.LeftOut.Single().Fault, strict.LeftOut.Single().Objects, strict.LeftOut.Single().Images));
        Assert.Contains("coco.json (10.jpg) has a polygon (annotation 10, \"road\") whose outline has 2 points", strict.LeftOut.Single().Example);
        AnnotationMasksResult lenient = Draw(path, UnusablePolicy.Skip);
        Assert.AreEqual((1000, 0, 1), (lenient.Masks, lenient.Failed, lenient.LeftOut.Single().Objects));
    }

    [TestMethod]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":[]}""", AnnotationFaultKind.Empty)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1}""", AnnotationFaultKind.Empty)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":[[]]}""", AnnotationFaultKind.Empty)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":[],"bbox":[1,1,2,2]}""", AnnotationFaultKind.BoxOnly)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"keypoints":[1,1,2],"num_keypoints":1}""", AnnotationFaultKind.Keypoints)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":[[1,1,2,2]]}""", AnnotationFaultKind.TooFewPoints)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":[[1,1,2,2,null,3]]}""", AnnotationFaultKind.Malformed)]
    [DataRow("""{"id":7,"image_id":0,"category_id":1,"segmentation":{"size":[30,40],"counts":[7]}}""", AnnotationFaultKind.Malformed)]
    [DataRow("""{"id":7,"image_id":0,"category_id":99,"segmentation":[[1,1,2,2,1,3]]}""", AnnotationFaultKind.UnknownClass)]
    [DataRow("7", AnnotationFaultKind.Malformed)]
    [DataRow("""{"id":7,"image_id":99,"category_id":1,"segmentation":[[1,1,2,2,1,3]]}""", AnnotationFaultKind.UnlistedImage)]
    public void EachKindOfBadCocoObjectIsCountedAndTheSoundOneNextToItDrawn(string bad, AnnotationFaultKind kind)
    {
        string path = Coco([JsonDocument.Parse(bad).RootElement, Sound], images: 2);
        AnnotationFormatException fault = AnnotationFaults.Of(path).Single();
        Assert.AreEqual(kind, fault.Kind, fault.Message);
        Assert.DoesNotContain("at byte", fault.Message);
        AnnotationMasksResult result = Draw(path, UnusablePolicy.Skip);
        Assert.AreEqual((2, 0, 1), (result.Masks, result.Failed, result.LeftOut.Sum(l => l.Objects)));
        Assert.AreEqual(25, MaskFile.Read(_folder.File("out/0.png"), TestMasks.Classes).Ids.Count((byte)1));
    }

    [TestMethod]
    [DataRow("<skeleton label=\"car\"><points label=\"1\" points=\"1,2\"/></skeleton>", AnnotationFaultKind.Keypoints)]
    [DataRow("<cuboid label=\"car\" xtl1=\"1\"/>", AnnotationFaultKind.Unsupported)]
    [DataRow("<polygon label=\"car\" points=\"1,1;2,2\"/>", AnnotationFaultKind.TooFewPoints)]
    [DataRow("<polygon points=\"1,1;2,2;3,1\"/>", AnnotationFaultKind.Malformed)]
    public void ABadCvatObjectCostsOnlyItself(string bad, AnnotationFaultKind kind)
    {
        File.WriteAllText(_folder.File("a.xml"), $"""
            <annotations><image id="0" name="a.jpg" width="40" height="30">{bad}<polygon label="road" points="5,5;10,5;10,10;5,10"/></image>
            <image id="1" name="b.jpg" width="40"/><image id="2" name="c.jpg" width="40" height="30"/></annotations>
            """);
        List<AnnotationFormatException> faults = AnnotationFaults.Of(_folder.File("a.xml"));
        Assert.AreEqual(kind, faults[0].Kind, faults[0].Message);
        Assert.Contains("(b.jpg) has image without height", faults[1].Message);
        Assert.AreEqual((2, 1), Draw(_folder.File("a.xml"), UnusablePolicy.Skip) is var result ? (result.Masks, result.Failed) : default);
        Assert.AreEqual(25, MaskFile.Read(_folder.File("out/a.png"), TestMasks.Classes).Ids.Count((byte)1));
    }

    [TestMethod]
    public void TwoImagesOfOneNameGetFolders()
    {
        string path = Coco([Sound, new { id = 2, image_id = 1, category_id = 2, segmentation = new[] { new[] { 0, 0, 2, 0, 2, 2, 0, 2 } } }], images: 2, name: _ => "a.jpg");
        Assert.AreEqual((2, 0), Draw(path, UnusablePolicy.Error) is var result ? (result.Masks, result.Failed) : default);
        Assert.AreEqual(25, MaskFile.Read(_folder.File("out/0/a.png"), TestMasks.Classes).Ids.Count((byte)1));
        Assert.AreEqual(4, MaskFile.Read(_folder.File("out/1/a.png"), TestMasks.Classes).Ids.Count((byte)2));
    }

    [TestMethod]
    [DataRow(""" "data":{"image":"/image2"},"file_upload":"0a1b2c3d-a.jpg" """, "0a1b2c3d-a.jpg")]
    [DataRow(""" "data":{"image":"/image2"} """, "image2")]
    [DataRow(""" "data":{"photo":"s3://bucket/day/a.jpg?sign=1","text":"b"} """, "bucket/day/a.jpg")]
    public void ATaskOfAServicesAddressIsNamedAfterItsUpload(string address, string name)
    {
        File.WriteAllText(_folder.File("tasks.json"), $$"""[{"id":1,"annotations":[],{{address}}}]""");
        Assert.AreEqual(name, AnnotationFile.Open(_folder.File("tasks.json")).Images.Single().Name);
    }

    [TestMethod]
    public void TheSmallestShapeIsOnTopWhereThatIsAskedFor()
    {
        string path = Coco([Sound, new { id = 2, image_id = 0, category_id = 2, segmentation = new[] { new[] { 0, 0, 40, 0, 40, 30, 0, 30 } } }], images: 1);
        AnnotatedImage image = AnnotationFile.Read(path);
        Assert.AreEqual(0, Drawn(ShapeOverlap.Order).Ids.Count((byte)1));
        Assert.AreEqual(25, Drawn(ShapeOverlap.SmallestOnTop).Ids.Count((byte)1));

        SegmentationMask Drawn(ShapeOverlap overlap) => AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing with { Overlap = overlap });
    }

    [TestMethod]
    public void ANameWithAControlCharacterCostsOnlyItsImage()
    {
        string path = Coco([Sound], images: 2, name: i => i == 0 ? "a.jpg" : "b\0.jpg");
        AnnotationMasksResult result = Draw(path, UnusablePolicy.Error);
        Assert.AreEqual((1, 1), (result.Masks, result.Failed));
        Assert.Contains("no file's name", result.LeftOut.Single().Example);
    }

    [TestMethod]
    public void MasksAreNotWrittenOverThoseThatAreRead()
    {
        MaskFile.Write(_folder.File("out/a.png"), new SegmentationMask(2, 2, TestMasks.Classes));
        Assert.Contains("write to another folder", Assert.ThrowsExactly<OutputException>(() => Draw(_folder.File("out"), UnusablePolicy.Error)).Message);
    }

    [TestMethod]
    [DataRow("a.json", "PK\u0003\u0004", "is a zip archive")]
    [DataRow("a.json", "\uFEFF{UTF-16", "is text in UTF-16")]
    [DataRow("a.json", "<html><body/></html>", "is XML with the root <html>")]
    [DataRow("a.json", "image,label,xmin,ymin,xmax,ymax\na.jpg,car,1,1,2,2\n", "is CSV of bounding boxes")]
    [DataRow("a.json", """[{"image":"a.jpg","annotations":[{"label":"car","coordinates":{"x":2}}]}]""", "is CreateML JSON, which holds boxes; export polygons")]
    [DataRow("a.json", """{"name":"t","assets":{},"tags":[]}""", "is a VoTT project")]
    [DataRow("a.json", "{\"image\":1}\n{\"image\":2}\n", "holds more than one JSON value, as JSON Lines does")]
    [DataRow("a.txt", "Truck 1.0 0 -1 0 1 2 3 -1 -1 -1 -1 -1 -1 -1\n", "is KITTI's object text")]
    [DataRow("a.json", """{"type":"FeatureCollection","features":[]}""", "is GeoJSON")]
    public void AForeignFileIsCalledByItsName(string name, string content, string message)
    {
        File.WriteAllText(_folder.File(name), content, content.Contains("UTF-16", StringComparison.Ordinal) ? System.Text.Encoding.Unicode : new System.Text.UTF8Encoding(false));
        Assert.Contains($"{name} {message}", AnnotationFaults.Of(_folder.File(name)).Single().Message);
    }

    private static object Sound => new { id = 1, image_id = 0, category_id = 1, segmentation = new[] { new[] { 5, 5, 10, 5, 10, 10, 5, 10 } } };

    private AnnotationMasksResult Draw(string path, UnusablePolicy policy) =>
        new AnnotationMasks(TestMasks.Classes, _folder.File("out")) { Options = TestMasks.Drawing with { OnUnusable = policy } }.Write(path);

    private string Coco(object[] annotations, int images, Func<int, string>? name = null)
    {
        File.WriteAllText(_folder.File("coco.json"), JsonSerializer.Serialize(new
        {
            images = Enumerable.Range(0, images).Select(i => new { id = i, width = 40, height = 30, file_name = name is null ? $"{i}.jpg" : name(i) }),
            categories = new[] { new { id = 1, name = "road" }, new { id = 2, name = "car" } },
            annotations,
        }));
        return _folder.File("coco.json");
    }
}
