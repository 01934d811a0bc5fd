using SegML.Annotations;
using SegML.Datasets;
using SegML.Discovery;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Datasets;
using SegML.Tests.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace SegML.Tests.Discovery;

/// <summary>Public data sets as they are handed out, with a few pixels each: their folders, file names, values and colours.</summary>
[TestClass]
public sealed class PublicSetsTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DataRow("labelIds", 7, 26)]
    [DataRow("labelTrainIds", 0, 13)]
    [DataRow("instanceIds", 7, 26003)]
    public void CityscapesHasItsClassesAndAllItsCities(string kind, int road, int car)
    {
        foreach (string image in (string[])["train/aachen/aachen_000000", "train/bochum/bochum_000000", "val/ulm/ulm_000000"])
        {
            Image($"leftImg8bit/{image}_leftImg8bit.png");
            Mask($"gtFine/{image}_gtFine_{kind}.png", road, car);
        }
        Pipeline pipeline = Find();
        Assert.AreEqual(19, pipeline.Classes.Count);
        Assert.HasCount(2, Dataset.List(pipeline, "train"));
        foreach (DatasetItem item in pipeline.Data.SplitNames.SelectMany(s => Dataset.List(pipeline, s)))
        {
            CollectionAssert.AreEqual(new[] { "road", "car" }, Names(item, pipeline));
        }
    }

    [TestMethod]
    public void KittisInstancesAreClassTimes256()
    {
        Image("training/image_2/1.png");
        Image("training/image_2/2.png");
        Mask("training/instance/1.png", 7 * 256, 26 * 256 + 1);
        Mask("training/instance/2.png", 7 * 256, 26 * 256 + 2);
        Pipeline pipeline = Find();
        CollectionAssert.AreEqual(new[] { "class 7", "class 26" }, pipeline.Classes.Names.ToArray());
        CollectionAssert.AreEqual(new[] { "class 7", "class 26" }, Names(Dataset.List(pipeline, "train")[1], pipeline));
    }

    [TestMethod]
    public void MotsInstancesAreClassTimes1000AndItsRegionsToIgnoreAre10000()
    {
        Image("train/images/1.png");
        Mask("train/instances/1.png", 0, 1001, 2017, 10000);
        Touch("train/instances/labels.txt");
        File.WriteAllLines(_folder.File("train/instances/labels.txt"), ["car", "pedestrian"]);
        Pipeline pipeline = Find();
        CollectionAssert.AreEqual(new[] { "background", "car", "pedestrian", "(ignored)" }, Names(Dataset.List(pipeline, "train")[0], pipeline));
    }

    [TestMethod]
    public void MasksOfEachKindOfDefectAreOneSet()
    {
        foreach (string defect in (string[])["broken_large", "broken_small", "contamination"])
        {
            for (int i = 0; i < 2; i++)
            {
                Image($"test/{defect}/{i:000}.png");
                Mask($"ground_truth/{defect}/{i:000}_mask.png", 0, 255);
            }
        }
        DiscoveredSet found = DatasetDiscovery.Find(_folder.Path);
        Assert.IsFalse(found.Choices.Any(c => c.Reason.Contains("left out", StringComparison.Ordinal)), string.Join("; ", found.Choices));
        Assert.AreEqual(6, found.Pipeline.Data.SplitNames.Sum(s => Dataset.List(found.Pipeline, s).Count));
        CollectionAssert.AreEqual(new[] { "background", "foreground" }, found.Pipeline.Classes.Names.ToArray());
    }

    [TestMethod]
    public void VocsColoursAreItsClasses()
    {
        Image("JPEGImages/2007_000001.png");
        Touch("SegmentationClass/2007_000001.png");
        using (var mask = new Image<Rgb24>(3, 1))
        {
            (mask[1, 0], mask[2, 0]) = (new Rgb24(0xC0, 0x80, 0x80), new Rgb24(0xE0, 0xE0, 0xC0));
            mask.SaveAsPng(_folder.File("SegmentationClass/2007_000001.png"));
        }
        Pipeline pipeline = Find();
        CollectionAssert.AreEqual(new[] { "background", "person", "(ignored)" }, Names(Dataset.List(pipeline, "train")[0], pipeline));
    }

    [TestMethod]
    public void PicturesOfAnImagesPartsAreNoImages()
    {
        Image("images/training/street/1.png");
        Mask("images/training/street/1_seg.png", 1, 2);
        Mask("images/training/street/1_parts_1.png", 1, 2);
        Mask("images/training/street/1_parts_2.png", 1, 2);
        Pipeline pipeline = Find();
        Assert.AreEqual("1.png", Path.GetFileName(Dataset.List(pipeline, "train").Single().ImagePath));
    }

    [TestMethod]
    public void WhatIsForValidationAloneIsNotTrainedOnTwice()
    {
        _folder.WriteImage("images/val/a.png", 8, 8);
        Directory.CreateDirectory(_folder.File("annotations"));
        _folder.WriteCoco("thing", [("a.png", 8, 8)], _ => [1, 1, 6, 1, 6, 6]);
        File.Move(_folder.File("coco.json"), _folder.File("annotations/instances_val.json"));
        CollectionAssert.AreEqual(new[] { "train" }, Find().Data.SplitNames.ToArray());
    }

    [TestMethod]
    public void AnObjectWithoutALabelCostsItselfAlone()
    {
        _folder.WriteImage("a.png", 8, 8);
        File.WriteAllText(_folder.File("annotations.xml"), """
            <annotations><version>1.1</version><meta><task><labels><label><name>car</name></label></labels></task></meta>
            <image id="0" name="a.png" width="8" height="8"><polygon label="" points="0,0;4,0;4,4"/><polygon label="car" points="1,1;6,1;6,6"/></image></annotations>
            """);
        DiscoveredSet found = DatasetDiscovery.Find(_folder.Path);
        CollectionAssert.AreEqual(new[] { "background", "car" }, found.Pipeline.Classes.Names.ToArray());
        Assert.AreEqual(UnusablePolicy.Skip, found.Pipeline.Data.OnUnusable);
        Assert.Contains("without a label", Dataset.List(found.Pipeline, "train")[0].Annotation!().Unusable.Single().Message);
    }

    private Pipeline Find() => DatasetDiscovery.Find(_folder.Path).Pipeline;

    private static string[] Names(DatasetItem item, Pipeline pipeline)
    {
        using SegmentationMask mask = item.ReadMask(pipeline.Classes);
        return [.. mask.Ids.ToArray().Distinct().Select(id => id == pipeline.Classes.IgnoreIndex ? "(ignored)" : pipeline.Classes.Names[id])];
    }

    private void Image(string name) => _folder.WriteImage(name, 3, 1);

    /// <summary>A mask of 3x1 or more pixels with these values, in 16 bits where they need it.</summary>
    private void Mask(string name, params int[] values)
    {
        string path = Touch(name);
        if (values.Max() <= byte.MaxValue)
        {
            using var bytes = new Image<L8>(Math.Max(3, values.Length), 1);
            Fill(bytes, v => new L8((byte)v));
            bytes.SaveAsPng(path);
            return;
        }
        using var words = new Image<L16>(Math.Max(3, values.Length), 1);
        Fill(words, v => new L16((ushort)v));
        words.SaveAsPng(path);

        void Fill<T>(Image<T> image, Func<int, T> of)
            where T : unmanaged, IPixel<T>
        {
            for (int x = 0; x < image.Width; x++)
            {
                image[x, 0] = of(values[Math.Min(x, values.Length - 1)]);
            }
        }
    }

    private string Touch(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        return _folder.File(name);
    }
}
