using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Pipelines;

/// <summary>The pipeline files for public data sets: folders laid out as the data set's own, masks with its own values.</summary>
[TestClass]
public sealed class ReadyFilesTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void CamVidsColoursMergeIntoTheElevenClasses()
    {
        for (int drive = 0; drive < 4; drive++)
        {
            Image($"701_StillsRaw_full/drive{drive}_001.png");
            using RgbaImage mask = Colors("#808080", "#004040", "#c0c000", "#000000");
            ImageFile.Write(Make($"LabeledApproved_full/drive{drive}_001_L.png"), mask);
        }
        Pipeline pipeline = Read("camvid-colors");
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, "train");
        Assert.HasCount(4, items.Concat(Dataset.List(pipeline, "val")).DistinctBy(i => i.ImagePath));
        CollectionAssert.AreEqual(new[] { "sky", "sign", "tree", "(ignored)" }, Names(items[0], pipeline.Classes));
        CollectionAssert.AreEqual(PipelineFile.Read(Path.Combine(Repository.Root, "pipelines/camvid.json")).Classes.Names.ToArray(), pipeline.Classes.Names.ToArray());
    }

    [TestMethod]
    public void CityscapesLabelIdsBecomeItsNineteenClasses()
    {
        Image("leftImg8bit/val/bonn/bonn_000000_000019_leftImg8bit.png");
        Values("gtFine/val/bonn/bonn_000000_000019_gtFine_labelIds.png", 7, 33, 4, 26);
        Values("gtFine/val/bonn/bonn_000000_000019_gtFine_instanceIds.png", 1, 1, 1, 1);
        Pipeline pipeline = Read("cityscapes");
        Assert.AreEqual(19, pipeline.Classes.Count);
        CollectionAssert.AreEqual(new[] { "road", "bicycle", "(ignored)", "car" }, Names(Dataset.List(pipeline, "val").Single(), pipeline.Classes));
        for (int id = 0; id <= 33; id++)
        {
            Assert.IsTrue(pipeline.Classes.TryFromValue(id, out _), $"{id}");
        }
    }

    [TestMethod]
    public void VocTakesTheListedImagesAndIgnoresTheVoid()
    {
        Image("JPEGImages/2007_000033.png");
        Image("JPEGImages/2007_000042.png");
        Values("SegmentationClass/2007_000033.png", 0, 1, 255, 20);
        File.WriteAllText(Make("ImageSets/Segmentation/val.txt"), "2007_000033\n");
        Pipeline pipeline = Read("voc");
        CollectionAssert.AreEqual(new[] { "background", "aeroplane", "(ignored)", "tvmonitor" }, Names(Dataset.List(pipeline, "val").Single(), pipeline.Classes));
        // The first colours of the data set's own palette.
        CollectionAssert.AreEqual(new[] { "#000000", "#800000", "#008000", "#808000", "#000080" }, pipeline.Classes.Classes.Take(5).Select(c => c.Color.ToString()).ToArray());
    }

    [TestMethod]
    public void Ade20KCountsFromOneAndIgnoresZero()
    {
        Image("images/validation/ADE_val_00000001.png");
        Values("annotations/validation/ADE_val_00000001.png", 0, 1, 13, 150);
        Pipeline pipeline = Read("ade20k");
        Assert.AreEqual(150, pipeline.Classes.Count);
        CollectionAssert.AreEqual(new[] { "(ignored)", "wall", "person", "flag" }, Names(Dataset.List(pipeline, "val").Single(), pipeline.Classes));
    }

    [TestMethod]
    public void SuperviselyFreespaceKeepsDrivesTogether()
    {
        foreach (string name in Enumerable.Range(0, 20).Select(i => $"drive{i / 4:00}_cam_{i:000000}"))
        {
            Image($"img/{name}.png");
            File.WriteAllText(Make($"ann/{name}.png.json"), """
                {"size":{"width":4,"height":1},"objects":[
                  {"classTitle":"Drivable area","geometryType":"rectangle","points":{"exterior":[[1,0],[1,0]],"interior":[]}},
                  {"classTitle":"neutral","geometryType":"polygon","points":{"exterior":[[2,0],[2,0],[2,0]],"interior":[]}}]}
                """);
        }
        Pipeline pipeline = Read("supervisely-freespace");
        string[] Drives(string split) => [.. Dataset.List(pipeline, split).Select(i => Path.GetFileName(i.ImagePath)[..7]).Distinct()];
        Assert.IsEmpty(Drives("train").Intersect(Drives("val")));
        CollectionAssert.AreEqual(new[] { "other", "drivable", "(ignored)", "other" }, Names(Dataset.List(pipeline, "val")[0], pipeline.Classes));
    }

    private Pipeline Read(string name) => PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", name + ".json"), _folder.Path);

    private static string[] Names(DatasetItem item, ClassSet classes)
    {
        SegmentationMask mask = item.ReadMask(classes);
        return [.. mask.Ids.ToArray().Select(id => id == classes.IgnoreIndex ? "(ignored)" : classes.Names[id])];
    }

    private void Image(string name)
    {
        using RgbaImage image = TestImages.Gradient(4, 1);
        ImageFile.Write(Make(name), image);
    }

    /// <summary>A mask of a row of values, written with 256 classes' worth of palette.</summary>
    private void Values(string name, params byte[] values)
    {
        var any = new ClassSet([.. Enumerable.Range(0, 255).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);
        MaskFile.Write(Make(name), new SegmentationMask(values.Length, 1, values, any));
    }

    private static RgbaImage Colors(params string[] colors)
    {
        var image = new RgbaImage(colors.Length, 1);
        for (int i = 0; i < colors.Length; i++)
        {
            Rgb.TryParse(colors[i], out Rgb color);
            new[] { color.R, color.G, color.B, (byte)255 }.CopyTo(image.Pixels[(4 * i)..]);
        }
        return image;
    }

    private string Make(string name)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
