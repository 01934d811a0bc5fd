using System.IO.Compression;
using SegML.Datasets;
using SegML.Discovery;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Cli;
using SegML.Tests.Images;

namespace SegML.Tests.Discovery;

/// <summary>From a tool's export to a pipeline that draws its masks, without a word about what it is.</summary>
[TestClass]
public sealed class InitTests
{
    private readonly TemporaryFolder _folder = new();

    public static IEnumerable<object[]> Forms => ExportedSets.Forms.Select(f => new object[] { f });

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void AToolsExportIsRecognisedWithItsClassesAndSplits(string form)
    {
        string zip = ExportedSets.Zip(_folder, form), set = _folder.File("street-1");
        ZipFolder.Unpack(zip, set);
        DiscoveredSet found = DatasetDiscovery.Find(set);
        Pipeline pipeline = found.Pipeline;
        // CamVid's form has no list of classes: numbers are all there is to name them by.
        string[] names = form == "camvid lists" ? ["background", "class 1", "class 2"] : [.. ExportedSets.Classes(form).Names];
        CollectionAssert.AreEqual(names, pipeline.Classes.Names.ToArray());
        CollectionAssert.IsSubsetOf(new[] { "train", "val" }, pipeline.Data.SplitNames.ToArray());
        DatasetItem[] items = [.. pipeline.Data.SplitNames.SelectMany(s => Dataset.List(pipeline, s))];
        Assert.HasCount(ExportedSets.Images, items);
        foreach (DatasetItem item in items)
        {
            int number = int.Parse(Path.GetFileName(item.ImagePath)[..3], System.Globalization.CultureInfo.InvariantCulture)
                + (item.ImagePath.Contains("Validation", StringComparison.Ordinal) ? 10 : 0);
            using SegmentationMask mask = item.ReadMask(pipeline.Classes);
            CollectionAssert.AreEqual(ExportedSets.Mask(number, form).Ids.ToArray(), mask.Ids.ToArray(), item.ImagePath);
        }
    }

    [TestMethod]
    public void PhotosThatTheToolSawUnturnedAreReadAsItSawThem()
    {
        Directory.CreateDirectory(_folder.File("set"));
        for (int i = 0; i < 4; i++)
        {
            using RgbaImage image = TestImages.Gradient(40, 30);
            string path = _folder.File($"set/{i}.jpg");
            File.WriteAllBytes(path, ImageFile.EncodeJpeg(image));
            if (i > 0)
            {
                File.WriteAllBytes(path, Jpeg.WithSegment(File.ReadAllBytes(path), Jpeg.Orientation(6)));
            }
            File.WriteAllText(_folder.File($"set/{i}.json"), $$"""
                { "version": "5", "imagePath": "{{i}}.jpg", "imageWidth": 40, "imageHeight": 30,
                  "shapes": [{ "label": "car", "shape_type": "polygon", "points": [[5, 5], [19, 5], [19, 14], [5, 14]] }] }
                """);
        }
        Segml.Result init = Segml.Run("init", _folder.File("set"), "--out", _folder.File("street.json"), "--minutes", "0.02");
        Assert.AreEqual(0, init.Code, init.Error + init.Output);
        Assert.Contains("EXIF tag turns 3 photos", init.Output);
        Pipeline pipeline = PipelineFile.Read(_folder.File("street.json"));
        Assert.AreEqual(SegML.Annotations.AnnotatedView.Stored, pipeline.Data.AnnotatedView);
        foreach (DatasetItem item in pipeline.Data.SplitNames.SelectMany(s => Dataset.List(pipeline, s)))
        {
            using SegmentationMask mask = item.ReadMask(pipeline.Classes);
            Assert.AreEqual(item.ImagePath.EndsWith("0.jpg", StringComparison.Ordinal) ? (40, 30) : (30, 40), (mask.Width, mask.Height));
        }
    }

    [TestMethod]
    public void InitSaysWhatItFoundAndReplacesNothing()
    {
        string zip = ExportedSets.Zip(_folder, "cvat project"), file = _folder.File("street.json");
        Segml.Result init = Segml.Run("init", zip, "--out", file, "--minutes", "0.02");
        Assert.AreEqual(0, init.Code, init.Error + init.Output);
        Assert.Contains("next: segml train", init.Output);
        Assert.Contains("CVAT XML: 15 images with annotations", init.Output);
        string text = File.ReadAllText(file);
        Assert.Contains("// splits as the set has them: train, val", text);
        Assert.IsTrue(File.Exists(_folder.File("street.html")));
        Segml.Fails(2, Segml.Run("init", zip, "--out", _folder.File("again.json")), "exists already", "name it instead of the archive");
        Segml.Fails(2, Segml.Run("init", _folder.File("street-1"), "--out", file), "street.json exists already");
    }

    [TestMethod]
    [DataRow("img", "msk")]
    [DataRow("x", "y")]
    public void FoldersOfAnyNameAreMasksWhereTheyHoldFewValues(string images, string masks)
    {
        for (int i = 0; i < 6; i++)
        {
            using SegML.Images.RgbaImage image = TestImages.Noise(ExportedSets.Width, ExportedSets.Height, seed: i);
            Touch($"set/{images}/{i}.png");
            SegML.Images.ImageFile.Write(_folder.File($"set/{images}/{i}.png"), image);
            MaskFile.Write(_folder.File($"set/{masks}/{i}.png"), ExportedSets.Mask(i, "voc"));
        }
        ShareOptions shares = DatasetDiscovery.Find(_folder.File("set")).Pipeline.Data.Shares!;
        Assert.AreEqual((images, masks), (shares.Images, shares.Masks));
    }

    [TestMethod]
    public void NeighbouringFramesStayInOneSplit()
    {
        for (int i = 0; i < 200; i++)
        {
            MaskFile.Write(_folder.File($"set/masks/frame_{i:0000}.png"), new SegmentationMask(4, 3, ExportedSets.Classes("voc")));
            File.Copy(_folder.File($"set/masks/frame_{i:0000}.png"), Touch($"set/images/frame_{i:0000}.png"));
        }
        DataOptions data = DatasetDiscovery.Find(_folder.File("set")).Pipeline.Data;
        Assert.AreEqual(@"^(.*)\d{1}$", data.Shares!.GroupBy);
    }

    [TestMethod]
    public void AFolderWithoutAnythingKnownSaysWhatWasLookedAt()
    {
        Assert.Contains("is not a folder", Fails(_folder.File("no")).Message);
        Directory.CreateDirectory(_folder.File("set"));
        Assert.Contains("holds no images among its 0 files", Fails(_folder.File("set")).Message);
        using (var image = new SegML.Images.RgbaImage(4, 3))
        {
            SegML.Images.ImageFile.Write(_folder.File("set/a.jpg"), image);
        }
        File.WriteAllText(_folder.File("set/a.json"), """[{"image":"a.jpg","annotations":[]}]""");
        string message = Fails(_folder.File("set")).Message;
        Assert.Contains("holds 1 image, but neither annotations of a known format nor masks", message);
        Assert.Contains("is CreateML JSON, which holds boxes", message);
    }

    [TestMethod]
    [DataRow("../out.txt", "leads out of the folder")]
    [DataRow("/tmp/out.txt", "leads out of the folder")]
    public void AnArchiveCannotWriteOutsideItsFolder(string name, string message)
    {
        using (ZipArchive archive = ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create))
        {
            archive.CreateEntry(name);
        }
        Assert.Contains(message, Assert.ThrowsExactly<DatasetException>(() => ZipFolder.Unpack(_folder.File("a.zip"), _folder.File("a"))).Message);
        Assert.IsFalse(Directory.Exists(_folder.File("a")));
        Assert.IsEmpty(Directory.GetDirectories(_folder.Path));
    }

    [TestMethod]
    public void WhatIsNoArchiveOrClaimsTooMuchIsRefused()
    {
        File.WriteAllText(_folder.File("a.zip"), "no zip");
        Assert.Contains("is not a zip archive", Assert.ThrowsExactly<DatasetException>(() => ZipFolder.Unpack(_folder.File("a.zip"), _folder.File("a"))).Message);
        File.Delete(_folder.File("a.zip"));
        using (ZipArchive archive = ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create))
        {
            using Stream stream = archive.CreateEntry("zeros", CompressionLevel.SmallestSize).Open();
            stream.Write(new byte[64 << 20]);
        }
        string message = Assert.ThrowsExactly<DatasetException>(() => ZipFolder.Unpack(_folder.File("a.zip"), _folder.File("a"))).Message;
        Assert.Contains("claims to be 67108864 bytes", message);
    }

    private DatasetException Fails(string folder) => Assert.ThrowsExactly<DatasetException>(() => DatasetDiscovery.Find(folder));

    private string Touch(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        return _folder.File(name);
    }
}
