using System.Globalization;
using System.Text;
using System.Text.Json;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Datasets;

/// <summary>Data sets in the state in which people have them: no silent meaning, and policies instead of refusals.</summary>
[TestClass]
public sealed class SetsAsFoundTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow("", "a, b", 255)]
    [DataRow("", "a, background", 1)]
    [DataRow(", \"unlabelled\": \"a\"", "a, b", 0)]
    [DataRow(", \"unlabelled\": \"ignore\"", "a, background", 255)]
    public void PixelsThatNobodyAnnotatedAreWhatThePipelineSays(string data, string classes, int expected)
    {
        Image("img/a.png", 40, 30);
        Coco(("a.png", 40, 30));
        using SegmentationMask mask = Survey(data: data, classes: classes).Items.Single().ReadMask(Read(data: data, classes: classes).Classes);
        Assert.AreEqual((expected, 0), ((int)mask[39, 29], (int)mask[6, 6]));
    }

    [TestMethod]
    public void UnlabelledMustNameAClass() =>
        Assert.Contains("has data.unlabelled \"tram\", which is no class", Assert.ThrowsExactly<PipelineFormatException>(() => Read(data: ", \"unlabelled\": \"tram\"")).Message);

    [TestMethod]
    public void CityscapesLeavesTheRestUnlabelledAndDrawsNoOutline()
    {
        File.WriteAllText(_folder.File("a_gtFine_polygons.json"),
            """{"imgHeight":10,"imgWidth":20,"objects":[{"label":"sky","polygon":[[0,0],[19,0],[19,4],[0,4]]}]}""");
        ClassSet classes = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines/cityscapes.json")).Classes;
        using SegmentationMask mask = AnnotationRasterizer.Draw(AnnotationFile.Read(_folder.File("a_gtFine_polygons.json")), classes);
        Assert.IsTrue(classes.TryFromName("sky", out byte sky));
        Assert.AreEqual((100, 100), (mask.Ids.Count(sky), mask.Ids.Count(classes.IgnoreIndex)));
    }

    [TestMethod]
    public void YoloSharesOfSixDecimalsNameThePixelTheyWereMadeFrom()
    {
        const int Width = 333, Height = 217;
        Image("a.png", Width, Height);
        File.WriteAllText(_folder.File("classes.txt"), "road\n");
        var random = new Random(1);
        for (int round = 0; round < 20; round++)
        {
            (int X, int Y)[] corners = [.. Enumerable.Range(0, 6).Select(_ => (random.Next(Width), random.Next(Height)))];
            File.WriteAllText(_folder.File("a.txt"), "0" + string.Concat(corners.Select(c =>
                string.Create(CultureInfo.InvariantCulture, $" {(double)c.X / Width:F6} {(double)c.Y / Height:F6}"))));
            PolygonShape shape = (PolygonShape)AnnotationFile.Read(_folder.File("a.txt")).Shapes.Single();
            Assert.AreEqual(PolygonRule.Outlined, shape.Rule);
            CollectionAssert.AreEqual(corners.Select(c => new AnnotationPoint(c.X + 0.5, c.Y + 0.5)).ToArray(), shape.Exterior.ToArray());
        }
    }

    [TestMethod]
    [DataRow("names: ['sky', \"road\",\n  car]\nnc: 3\n")]
    [DataRow("path: .\nnames:\n  0: sky\n  1: road # the street\n  2: car\ntrain: images\n")]
    [DataRow("names:\n- sky\n- 'road'\n- car\n")]
    public void YoloNumbersAreNamedByDataYaml(string yaml)
    {
        Image("images/a.png", 9, 9);
        Directory.CreateDirectory(_folder.File("labels"));
        File.WriteAllText(_folder.File("data.yaml"), yaml);
        File.WriteAllText(_folder.File("labels/a.txt"), "1 0 0 1 0 1 1\n2 0 0 1 0 1 1\n7 0 0 1 0 1 1\n");
        AnnotatedImage image = AnnotationFile.Read(_folder.File("labels/a.txt"));
        CollectionAssert.AreEqual(new[] { "road", "car" }, image.Shapes.Select(s => s.ClassName).ToArray());
        Assert.Contains("has the class 7 in line 3, which the data set's list of 3 names does not have", image.Unusable.Single().Message);
    }

    [TestMethod]
    public void APhotoThatTheToolSawUnturnedIsNamedWithItsSwitch()
    {
        using (RgbaImage image = TestImages.Gradient(40, 30))
        {
            _folder.File("img.jpg", Jpeg.WithSegment(ImageFile.EncodeJpeg(image), Jpeg.Orientation(6)));
            Directory.CreateDirectory(_folder.File("img"));
            File.Move(_folder.File("img.jpg"), _folder.File("img/a.jpg"));
        }
        Coco(("a.jpg", 40, 30));
        DatasetReport report = DatasetCheck.Run(Survey().Items, Read().Classes);
        DatasetFinding finding = report.Findings.Single(f => f.Kind == FindingKind.SizeMismatch);
        Assert.Contains("EXIF tag turns it", finding.Message);
        Assert.Contains("set data.annotatedView to \"stored\"", finding.Message);
        const string Stored = ", \"annotatedView\": \"stored\"";
        Assert.IsEmpty(DatasetCheck.Run(Survey(data: Stored).Items, Read().Classes).Faults);
        using SegmentationMask mask = Survey(data: Stored).Items.Single().ReadMask(Read().Classes);
        // Rows 5 to 14 and columns 5 to 19, turned clockwise by a quarter: row y becomes column 29 - y.
        Assert.AreEqual((30, 40), (mask.Width, mask.Height));
        Assert.AreEqual((0, 0, 150), ((int)mask[29 - 5, 5], (int)mask[29 - 14, 19], mask.Ids.Count((byte)0)));
    }

    [TestMethod]
    public void NamesAreComparedAsTheyLookAndLitterIsLeftOut()
    {
        // Written out, since string.Normalize does nothing without ICU.
        Image("img/cafe\u0301.png", 40, 30);
        File.WriteAllText(_folder.File("img/._café.png"), "Mac OS X");
        Directory.CreateDirectory(_folder.File("img/__MACOSX"));
        File.WriteAllText(_folder.File("img/__MACOSX/b.png"), "");
        Coco(("caf\u00E9.png", 40, 30));
        DatasetListing listing = Survey(", \"subfolders\": true");
        Assert.HasCount(1, listing.Items);
        Assert.IsEmpty(listing.Findings);
    }

    [TestMethod]
    public void AFolderOfAnnotationsLeavesLitterOut()
    {
        Image("img/a.png", 40, 30);
        Directory.CreateDirectory(_folder.File("ann"));
        File.WriteAllText(_folder.File("ann/._a.json"), "Mac OS X");
        File.WriteAllText(_folder.File("ann/.DS_Store"), "");
        File.WriteAllText(_folder.File("ann/a.json"), """
            {"imagePath":"a.png","imageHeight":30,"imageWidth":40,"shapes":[{"label":"a","points":[[20,15],[5,5]],"shape_type":"rectangle"}]}
            """);
        DatasetListing listing = Survey(annotations: "ann");
        Assert.IsEmpty(listing.Findings);
        using SegmentationMask mask = listing.Items.Single().ReadMask(Read().Classes);
        Assert.AreEqual(16 * 11, mask.Ids.Count((byte)0));
    }

    [TestMethod]
    [DataRow("img/a.png msk/a_label.png\nimg/b.png msk/b_label.png\n", "a_label.png b_label.png")]
    [DataRow("/SegNet/CamVid/img/a.png /SegNet/CamVid/msk/a_label.png\n", "a_label.png")]
    [DataRow("a 1\nb -1\n", "a.png b.png")]
    [DataRow("./img/a.png\n/home/me/data/img/b.png\n", "a.png b.png")]
    [DataRow("data/obj_train_data/b.png", "b.png")]
    public void ListsOfSegnetsVocsAndYolosFormChooseImages(string list, string masks)
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            Image($"img/{name}.png", 4, 3);
            MaskFile.Write(_folder.File($"msk/{name}.png"), new SegmentationMask(4, 3, TestMasks.Classes));
            MaskFile.Write(_folder.File($"msk/{name}_label.png"), new SegmentationMask(4, 3, TestMasks.Classes));
        }
        File.WriteAllText(_folder.File("l.txt"), list);
        DatasetListing listing = Dataset.Survey(Parse("""{ "splits": { "val": { "images": "img", "masks": "msk", "list": "l.txt" } } }"""), "val");
        Assert.IsEmpty(listing.Findings.Where(f => f.IsError));
        Assert.AreEqual(masks, string.Join(' ', listing.Items.Select(i => Path.GetFileName(i.MaskPath))));
    }

    [TestMethod]
    [DataRow("error", 1, 1)]
    [DataRow("skip", 1, 0)]
    [DataRow("unlabelled", 2, 0)]
    public void ImagesWithoutAnnotationsAreAnErrorLeftOutOrUnlabelled(string policy, int items, int errors)
    {
        Image("img/a.png", 40, 30);
        Image("img/b.png", 40, 30);
        Coco(("a.png", 40, 30));
        string data = $", \"unannotated\": \"{policy}\"";
        DatasetListing listing = Survey(data: data);
        Assert.AreEqual((items, errors, 1), (listing.Items.Count, listing.Findings.Count(f => f.IsError), listing.Findings.Count));
        using SegmentationMask last = listing.Items[^1].ReadMask(Read().Classes);
        Assert.AreEqual(policy == "unlabelled" ? 1200 : 1050, last.Ids.Count((byte)255));
    }

    [TestMethod]
    public void ObjectsThatCannotBeDrawnAreAnErrorOrLeftOutAndCounted()
    {
        Image("img/a.png", 40, 30);
        Image("img/b.png", 40, 30);
        File.WriteAllText(_folder.File("coco.json"), """
            {"images":[{"id":1,"file_name":"a.png","width":40,"height":30},{"id":2,"file_name":"b.png","width":40,"height":30}],"categories":[{"id":1,"name":"a"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,2,2]},{"id":2,"image_id":2,"category_id":1,"bbox":[1,1,2,2]},
               {"id":3,"image_id":2,"category_id":1,"segmentation":[[0,0,40,0,40,30,0,30]]},{"id":4,"image_id":9,"category_id":1,"segmentation":[[0,0,40,0,40,30]]}]}
            """);
        foreach ((string policy, int errors) in new[] { ("error", 2), ("skip", 0) })
        {
            string data = $", \"onUnusable\": \"{policy}\"";
            DatasetListing listing = Survey(data: data);
            DatasetReport report = DatasetCheck.Run(listing.Items, Read().Classes);
            DatasetFinding[] findings = [.. listing.Findings.Concat(report.Findings).Where(f => f.Kind == FindingKind.UnusableObject)];
            Assert.HasCount(2, findings);
            Assert.AreEqual(errors, findings.Count(f => f.IsError));
            Assert.Contains("2 objects in 2 images are of this kind (bounding box only)", findings[1].Message);
            Assert.AreEqual(1200, report.ClassPixels[0]);
        }
    }

    [TestMethod]
    public void NamesWithOtherFoldersInFrontPairWhereOneAloneFits()
    {
        Image("img/day/a.png", 40, 30);
        Image("img/night/a.png", 40, 30);
        Image("img/b.png", 40, 30);
        Coco(("upload/day/a.png", 40, 30), ("upload\\night\\a.png", 40, 30), ("C:/data/b.png", 40, 30));
        DatasetListing listing = Survey(", \"subfolders\": true");
        Assert.IsEmpty(listing.Findings);
        Assert.HasCount(3, listing.Items);
    }

    [TestMethod]
    public void MasksOfTrainIdsUnderClassesThatTranslateLabelIdsAreWarnedOf()
    {
        ClassSet classes = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines/cityscapes.json")).Classes;
        var mask = new SegmentationMask(19, 8, new ClassSet([.. Enumerable.Range(0, 19).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]));
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            mask.Ids[i] = (byte)(i % 19);
        }
        Image("img/a.png", 19, 8);
        MaskFile.Write(_folder.File("msk/a.png"), mask);
        IReadOnlyList<DatasetItem> items = Dataset.Pair(_folder.File("img"), _folder.File("msk"));
        DatasetFinding finding = DatasetCheck.Run(items, classes).Findings.Single(f => f.Kind == FindingKind.PoorFit);
        Assert.IsFalse(finding.IsError);
        Assert.Contains("leave \"from\" out where masks hold class ids already", finding.Message);
        // The same values under classes without "from" fit.
        Assert.IsEmpty(DatasetCheck.Run(items, mask.Classes).Findings.Where(f => f.Kind == FindingKind.PoorFit));
    }

    [TestMethod]
    public void ImagesThatUseLittleOfTheirRangeAreWarnedOf()
    {
        using var image = new RgbaImage(16, 8);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)(i % 4 == 3 ? 255 : 12 + i % 5);
        }
        Directory.CreateDirectory(_folder.File("img"));
        Directory.CreateDirectory(_folder.File("msk"));
        ImageFile.Write(_folder.File("img/a.png"), image);
        var mask = new SegmentationMask(16, 8, new ClassSet([new SegmentationClass { Id = 0, Name = "a", Color = default }]));
        MaskFile.Write(_folder.File("msk/a.png"), mask);
        IReadOnlyList<DatasetItem> items = Dataset.Pair(_folder.File("img"), _folder.File("msk"));
        DatasetFinding finding = Findings(new InputOptions()).Single();
        Assert.IsFalse(finding.IsError);
        Assert.Contains("zScore", finding.Message);
        Assert.IsEmpty(Findings(new InputOptions { Normalization = InputNormalization.ZScoreImage }));
        Assert.IsEmpty(Findings(new InputOptions { Mean = [0.055f, 0.055f, 0.055f], Std = [0.0055f, 0.0055f, 0.0055f] }));

        IEnumerable<DatasetFinding> Findings(InputOptions input) =>
            DatasetCheck.Run(items, mask.Classes, options: new DatasetCheckOptions { Measure = true, Input = input }).Findings.Where(f => f.Kind == FindingKind.NarrowRange);
    }

    private DatasetListing Survey(string split = "", string data = "", string classes = "a, b", string annotations = "coco.json") =>
        Dataset.Survey(Read(split, data, classes, annotations), "val");

    private Pipeline Read(string split = "", string data = "", string classes = "a, b", string annotations = "coco.json") =>
        Parse($$"""{ "splits": { "val": { "images": "img", "annotations": "{{annotations}}"{{split}} } }{{data}} }""", classes);

    private Pipeline Parse(string data, string classes = "a, b, c, d") => _folder.ReadPipeline($$"""
        { "name": "p", "classes": [{{string.Join(", ", classes.Split(", ").Select((c, i) => $$"""{ "id": {{i}}, "name": "{{c}}" }"""))}}], "data": {{data}} }
        """);

    private void Image(string name, int width, int height) => _folder.WriteImage(name, width, height);

    /// <summary>A COCO file with a rectangle of class a, columns 5 to 19 and rows 5 to 14, on each image.</summary>
    private void Coco(params (string Name, int Width, int Height)[] images) => _folder.WriteCoco("a", images, _ => [5, 5, 20, 5, 20, 15, 5, 15]);
}
