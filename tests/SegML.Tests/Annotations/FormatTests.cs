using System.Text.Json;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Annotations;

[TestClass]
public class FormatTests
{
    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void TheSameSceneGivesTheSameMaskInEveryFormat(string format)
    {
        using var folder = new TemporaryFolder();
        AnnotatedImage image = AnnotationFile.Read(SceneFiles.Write(folder, format));
        Assert.StartsWith("a", Path.GetFileName(image.Name));
        SegmentationMask expected = SceneFiles.Mask(), drawn = AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing);
        if (format is not ("labelme" or "cityscapes" or "yolo" or "coco" or "datumaro"))
        {
            CollectionAssert.AreEqual(expected.Ids.ToArray(), drawn.Ids.ToArray());
            return;
        }
        // Their tools draw outlines too, or go by fifths of a pixel: pixels that an edge merely passes, beside the shape.
        int different = 0;
        for (int y = 0; y < expected.Height; y++)
        {
            for (int x = 0; x < expected.Width; x++)
            {
                bool same = expected[x, y] == drawn[x, y];
                different += same ? 0 : 1;
                Assert.IsTrue(same || Around(expected, x, y).Contains(drawn[x, y]), $"({x}, {y})");
            }
        }
        Assert.IsInRange(1, expected.Ids.Length / 20, different);
    }

    [TestMethod]
    [DataRow(0, 8)]
    [DataRow(0, 16)]
    [DataRow(3, 8)]
    [DataRow(2, 8)]
    [DataRow(6, 8)]
    public void TheSameSceneGivesTheSameMaskInEveryKindOfPng(int kind, int depth)
    {
        SegmentationMask expected = SceneFiles.Mask();
        using var folder = new TemporaryFolder();
        string path = folder.File("a.png", new TestPng
        {
            Width = expected.Width,
            Height = expected.Height,
            Kind = kind,
            Depth = depth,
            Sample = (x, y, c) => kind is not (2 or 6) ? expected[x, y]
                : expected.Classes.ColorOf(expected[x, y]) is var color && c == 0 ? color.R : c == 1 ? color.G : c == 2 ? color.B : 255,
        }.Encode());
        CollectionAssert.AreEqual(expected.Ids.ToArray(), MaskFile.Read(path, TestMasks.Classes).Ids.ToArray());
        // Written as masks are, it is the same again.
        MaskFile.Write(path, expected);
        CollectionAssert.AreEqual(expected.Ids.ToArray(), MaskFile.Read(path, TestMasks.Classes).Ids.ToArray());
    }

    private static IEnumerable<byte> Around(SegmentationMask mask, int x, int y) =>
        from v in Enumerable.Range(y - 1, 3)
        from u in Enumerable.Range(x - 1, 3)
        where u >= 0 && v >= 0 && u < mask.Width && v < mask.Height
        select mask[u, v];

    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void AFileIsKnownByItsContentNotItsName(string format)
    {
        using var folder = new TemporaryFolder();
        string path = SceneFiles.Write(folder, format), other = folder.File("a.annotation");
        File.Move(path, other);
        Assert.HasCount(3, AnnotationFile.Read(other).Shapes);
    }

    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void ATruncatedFileIsRefusedOrHasLostALastNumber(string format)
    {
        using var folder = new TemporaryFolder();
        string path = SceneFiles.Write(folder, format), text = File.ReadAllText(path);
        // Text without an end mark (YOLO) can lose the last digits unnoticed; nothing else may.
        for (int length = 0; length < text.Length - 1; length += 1 + length / 50)
        {
            File.WriteAllText(path, text[..length]);
            try
            {
                AnnotationFile file = AnnotationFile.Open(path);
                foreach (AnnotationEntry entry in file.Images)
                {
                    AnnotationRasterizer.Draw(entry.Read(null), TestMasks.Classes, TestMasks.Drawing);
                }
                if (file.Faults.Count > 0)
                {
                    continue;
                }
                // CVAT's images come one at a time, whole: what is cut off is met after them.
                Assert.IsTrue(format is "yolo" or "via-csv", $"{length} of {text.Length} characters");
            }
            catch (AnnotationFormatException e)
            {
                Assert.DoesNotContain("\n", e.Message);
            }
        }
    }

    [TestMethod]
    public void CocoKeepsImagesApartAndDrawsCrowdsFirst()
    {
        string json = JsonSerializer.Serialize(new
        {
            annotations = new object[]
            {
                new { image_id = 2, category_id = 1, segmentation = new[] { new[] { 0, 0, 2, 0, 2, 2, 0, 2 } } },
                new { image_id = 1, category_id = 2, segmentation = new[] { new[] { 0, 0, 1, 0, 1, 1, 0, 1 }, [2, 2, 3, 2, 3, 3, 2, 3] } },
                new { image_id = 2, category_id = 2, iscrowd = 1, segmentation = new { size = new[] { 3, 4 }, counts = new[] { 0, 12 } } },
            },
            categories = new[] { new { id = 1, name = "road" }, new { id = 2, name = "car" } },
            images = new[]
            {
                new { id = 1, width = 4, height = 3, file_name = "one.png" }, new { id = 2, width = 4, height = 3, file_name = "two.png" },
                new { id = 9, width = 4, height = 3, file_name = "bare.png" },
            },
        });
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("coco.json"), json);
        AnnotatedImage[] images = [.. AnnotationFile.ReadAll(folder.File("coco.json"))];
        CollectionAssert.AreEqual(new[] { "one.png", "two.png", "bare.png" }, images.Select(i => i.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "2000 0000 0020", "1122 1122 2222", "0000 0000 0000" }, images.Select(Rows).ToArray());
        StringAssert.Contains(Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.Read(folder.File("coco.json"))).Message, "several images");
    }

    [TestMethod]
    [DataRow("""{"images":[{"id":1,"file_name":"a"}]}""", "has no images[0].width")]
    [DataRow("""{"images":[{"id":1,"file_name":"a","width":4,"height":3},{"id":1,"file_name":"a","width":4,"height":3}]}""", "has the image id 1 twice")]
    [DataRow("""{"images":[{"id":1,"file_name":"a","width":400000,"height":300000}]}""", "has the size 400000x300000")]
    [DataRow("""{"images":[],"annotations":[{"image_id":3}]}""", "of the image 3")]
    [DataRow("""{"images":[],"annotations":[{"id":3}]}""", "has no annotations[0].image_id")]
    [DataRow("""{"images":[],"annotations":[{"image_id":"3"}]}""", "of the image 3")]
    [DataRow("""{"images":[],"annotations":[{"image_id":[3]}]}""", "image_id that is not a whole number")]
    [DataRow("""{@,"annotations":[{"id":8,"image_id":1,"category_id":1,"segmentation":[]}]}""", "a \"road\" without a segmentation (annotation 8 has an empty segmentation)")]
    [DataRow("""{@,"annotations":[{"id":8,"image_id":1,"category_id":1,"keypoints":[1,1,2]}]}""", "annotation 8 has keypoints only")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":5,"segmentation":[]}]}""", "category_id 5")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"bbox":[1,1,2,2]}]}""", "without a segmentation")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":[[1,1,2,2]]}]}""", "outline has 2 points")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":[[1,1,2,2,3]]}]}""", "of 5 numbers")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":[[1,1,2,2,3,1e999]]}]}""", "not a finite number")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":{"size":[4,3],"counts":[12]}}]}""", "another size")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":{"size":[3,4],"counts":[1,12]}}]}""", "do not fill")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":{"size":[3,4],"counts":[11]}}]}""", "do not fill")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":{"size":[3,4],"counts":[-4,16]}}]}""", "do not fill")]
    [DataRow("""{@,"annotations":[{"image_id":1,"category_id":1,"segmentation":{"size":[3,4],"counts":"PPPPPPPPPPPP"}}]}""", "do not fill")]
    [DataRow("""{"shapes":[]}""", "has no imageWidth and imageHeight")]
    [DataRow("""{"shapes":[{"label":"road","shape_type":"circle","points":[[1,1]]}],"imageWidth":4,"imageHeight":3}""", "of 1 points instead of 2")]
    [DataRow("""{"shapes":[{"label":"road","shape_type":"mask","points":[[1,1],[2,2]],"mask":"?"}],"imageWidth":4,"imageHeight":3}""", "is not Base64")]
    [DataRow("""{"shapes":[{"label":"road","shape_type":"mask","points":[[1,1],[2,2]],"mask":"AAAA"}],"imageWidth":4,"imageHeight":3}""", "holds a picture that")]
    [DataRow("""{"shapes":[{"label":"road","shape_type":"spiral","points":[]}],"imageWidth":4,"imageHeight":3}""", "the shape \"spiral\"")]
    [DataRow("""{"size":{"width":4,"height":3},"objects":[{"classTitle":"road","geometryType":"bitmap","bitmap":{"origin":[0,0],"data":"AAAA"}}]}""", "is not compressed by zlib")]
    [DataRow("""{"imgWidth":4,"imgHeight":3,"objects":[{"label":"road","polygon":[[1,1]]}]}""", "outline has 1 points")]
    [DataRow("<annotations><image name=\"a\" width=\"4\"/></annotations>", "has image without height")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><polygon label=\"road\" points=\"1,1;2\"/></image></annotations>", "not two numbers")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><polygon label=\"road\" points=\"1,1;2,x;3,3\"/></image></annotations>", "\"x\", which is not a number")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><mask label=\"road\" rle=\"1,2\" left=\"3\" top=\"0\" width=\"2\" height=\"2\"/></image></annotations>", "outside its image")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"><skeleton label=\"road\"/></image></annotations>", "has a skeleton")]
    [DataRow("<annotations><track/></annotations>", "XML for videos")]
    [DataRow("<!DOCTYPE a [<!ENTITY b \"b\">]><annotations>&b;</annotations>", "is not valid XML")]
    [DataRow("<annotations><image name=\"a\" width=\"4\" height=\"3\"></annotations>", "is not valid XML")]
    [DataRow("0 0.1 0.1 0.2 0.2", "a bounding box")]
    [DataRow("0 0.1 0.1 0.2 0.2 0.3", "has 6 numbers in line 1")]
    [DataRow("0.5 0.1 0.1 0.2 0.2 0.3 0.3", "the class 0.5 in line 1")]
    [DataRow("0 0.1 0.1 0.2 0.2 0.3 0.x", "which is not a number")]
    [DataRow("0 0.1 0.1 0.2 0.2 0.3 NaN", "which is not a number")]
    public void AFaultIsOneLineThatNamesFileAndFault(string content, string fault)
    {
        using var folder = new TemporaryFolder();
        using var image = new SegML.Images.RgbaImage(4, 3);
        SegML.Images.ImageFile.Write(folder.File("a.png"), image);
        File.WriteAllText(folder.File("a.x"), content.Replace("@",
            "\"images\":[{\"id\":1,\"width\":4,\"height\":3,\"file_name\":\"a\"}],\"categories\":[{\"id\":1,\"name\":\"road\"}]"));
        AnnotationFormatException e = AnnotationFaults.Of(folder.File("a.x")).First();
        StringAssert.Contains(e.Message, "a.x ");
        StringAssert.Contains(e.Message, fault);
        Assert.DoesNotContain("\n", e.Message);
    }

    [TestMethod]
    public void YoloLooksForTheImageInTheFolderBesideLabels()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("labels/train"));
        Directory.CreateDirectory(folder.File("images/train"));
        File.WriteAllText(folder.File("labels/train/a.txt"), "");
        StringAssert.Contains(Assert.ThrowsExactly<AnnotationFormatException>(() => AnnotationFile.Read(folder.File("labels/train/a.txt"))).Message, "has no image a.*");
        using var image = new SegML.Images.RgbaImage(5, 4);
        SegML.Images.ImageFile.Write(folder.File("images/train/a.jpg"), image);
        AnnotatedImage read = AnnotationFile.Read(folder.File("labels/train/a.txt"));
        Assert.AreEqual((5, 4, 0, "a.jpg"), (read.Width, read.Height, read.Shapes.Count, read.Name));
    }

    [TestMethod]
    public void ACvatVideoHasAMaskForEachFrameWithShapesBetweenKeyframes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.xml"), """
            <annotations><meta><task><start_frame>10</start_frame><stop_frame>18</stop_frame><frame_filter>step=2</frame_filter>
              <labels><label><name>road</name><color>#804080</color></label><label><name>car</name></label></labels>
              <original_size><width>20</width><height>10</height></original_size></task></meta>
              <track id="0" label="car"><box frame="10" keyframe="1" outside="0" xtl="0" ytl="0" xbr="4" ybr="2"/><box frame="14" keyframe="1" outside="0" xtl="8" ytl="0" xbr="12" ybr="2"/>
                <box frame="16" keyframe="1" outside="1" xtl="8" ytl="0" xbr="12" ybr="2"/></track>
              <track id="1" label="road"><polygon frame="12" keyframe="1" outside="0" points="0,5;20,5;20,10;0,10"/></track>
            </annotations>
            """);
        AnnotationFile file = AnnotationFile.Open(folder.File("a.xml"));
        CollectionAssert.AreEqual(new[] { "frame_000010", "frame_000012", "frame_000014", "frame_000016", "frame_000018" }, file.Images.Select(i => i.Name).ToArray());
        Assert.AreEqual(("road", new Rgb(128, 64, 128), "car"), (file.Classes[0].Name, file.Classes[0].Color, file.Classes[1].Name));
        // The car's first column, and whether there is a road.
        (int, bool)[] seen = [.. file.Images.Select(i => AnnotationRasterizer.Draw(i.Read(null), TestMasks.Classes, TestMasks.Drawing)).Select(m => (m.Ids[..20].IndexOf((byte)2), m[0, 7] == 1))];
        CollectionAssert.AreEqual(new[] { (0, false), (4, true), (8, true), (-1, true), (-1, true) }, seen);
    }

    [TestMethod]
    public void MasksWithoutClassesAreObjects()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), """
            {"image":{"image_id":1,"width":10,"height":5,"file_name":"a.jpg"},"annotations":[{"id":1,"segmentation":{"size":[5,10],"counts":"`04n0"},"bbox":[3,1,1,4]}]}
            """);
        AnnotatedImage image = AnnotationFile.Read(folder.File("a.json"));
        Assert.AreEqual("object", image.Shapes.Single().ClassName);
        SegmentationMask mask = AnnotationRasterizer.Draw(image, new ClassSet([new() { Id = 0, Name = "object", Color = default }]));
        // 16 down the columns, then 4: column 3, rows 1 to 4.
        CollectionAssert.AreEqual(new[] { 13, 23, 33, 43 }, Enumerable.Range(0, 50).Where(i => mask.Ids[i] == 0).ToArray());
    }

    [TestMethod]
    public void CirclesBoxesAndEllipsesCoverWhatTheirFormulasSay()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.xml"), """
            <annotations><image name="a" width="64" height="48">
              <ellipse label="road" cx="20" cy="22" rx="14" ry="6" rotation="30"/>
              <box label="car" xtl="40" ytl="10" xbr="56" ybr="20" rotation="90"/>
            </image></annotations>
            """);
        SegmentationMask mask = AnnotationRasterizer.Draw(AnnotationFile.Read(folder.File("a.xml")), TestMasks.Classes, TestMasks.Drawing);
        (double sin, double cos) = Math.SinCos(Math.PI / 6);
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                double dx = x + 0.5 - 20, dy = y + 0.5 - 22, u = dx * cos + dy * sin, v = dy * cos - dx * sin;
                double at = u * u / (14 * 14) + v * v / (6 * 6);
                // The box's 16x10 stand upright after a quarter turn about (48, 15).
                int expected = Math.Abs(x + 0.5 - 48) < 5 && Math.Abs(y + 0.5 - 15) < 8 ? 2 : at < 1 ? 1 : 0;
                Assert.IsTrue(Math.Abs(at - 1) < 1e-6 || expected == mask[x, y], $"({x}, {y})");
            }
        }
    }

    private static string Rows(AnnotatedImage image)
    {
        SegmentationMask mask = AnnotationRasterizer.Draw(image, TestMasks.Classes, TestMasks.Drawing);
        return string.Join(' ', Enumerable.Range(0, mask.Height).Select(y => string.Concat(Enumerable.Range(0, mask.Width).Select(x => mask[x, y]))));
    }
}
