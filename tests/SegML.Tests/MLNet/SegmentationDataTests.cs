using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.MLNet;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.MLNet;

/// <summary>Masks as a column type, data sets as data views, and evaluation.</summary>
[TestClass]
public sealed class SegmentationDataTests
{
    private readonly MLContext _ml = new(seed: 1);

    [TestMethod]
    public void MasksInMemoryAreAColumn()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Pair { Mask = TestMasks.Noise(3, 2, 1) }]);
        Assert.AreEqual(SegmentationMaskDataViewType.Instance, view.Schema["Mask"].Type);
        Assert.AreEqual(3, _ml.Data.CreateEnumerable<Pair>(view, reuseRowObject: false).Single().Mask!.Width);
    }

    [TestMethod]
    public void TheAttributeGivesMasksASize()
    {
        IDataView view = _ml.Data.LoadFromEnumerable([new Sized { Mask = TestMasks.Noise(3, 2, 1) }]);
        Assert.AreEqual(new SegmentationMaskDataViewType(2, 3), view.Schema["Mask"].Type);
        Assert.AreNotEqual(SegmentationMaskDataViewType.Instance, view.Schema["Mask"].Type);
        Assert.AreEqual("Mask<2, 3>", view.Schema["Mask"].Type.ToString());
    }

    [TestMethod]
    public void AFolderBecomesRowsOfPaths()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["b", "a"])
        {
            using RgbaImage image = TestImages.Gradient(4, 4);
            ImageFile.Write(folder.File($"images/{name}.jpg"), image);
            MaskFile.Write(folder.File($"masks/{name}.png"), TestMasks.Noise(4, 4, 1));
        }
        IDataView view = _ml.Data.LoadSegmentationFolder(folder.File("images"), folder.File("masks"));
        Assert.AreEqual(TextDataViewType.Instance, view.Schema["ImagePath"].Type);
        CollectionAssert.AreEqual(new[] { folder.File("masks/a.png"), folder.File("masks/b.png") },
            view.GetColumn<string>("MaskPath").ToArray());
        var e = Assert.ThrowsExactly<DatasetException>(() => _ml.Data.LoadSegmentationFolder(folder.File("nowhere"), folder.File("masks")));
        StringAssert.Contains(e.Message, "nowhere");
    }

    [TestMethod]
    public void EvaluationSumsOverAllRowsAndLeavesTheIgnoredOut()
    {
        // 1 pixel right of 2 counted in the first row, 2 of 2 in the second: 0.75 over all, not the mean of rows.
        IDataView view = _ml.Data.LoadFromEnumerable(
        [
            new Pair { Mask = Mask(0, 1, 255), PredictedMask = Mask(0, 0, 3) },
            new Pair { Mask = Mask(1, 1, 255), PredictedMask = Mask(1, 1, 0) },
        ]);
        SegmentationMetrics metrics = _ml.MulticlassClassification.EvaluateSegmentation(view, "Mask", "PredictedMask");
        Assert.AreEqual(0.75, metrics.PixelAccuracy, 1e-12);
        Assert.AreEqual(0.5, metrics.PerClassIoU[0], 1e-12);
        Assert.AreEqual(2.0 / 3, metrics.PerClassIoU[1], 1e-12);
        Assert.IsTrue(double.IsNaN(metrics.PerClassIoU[2]));
        Assert.AreEqual((0.5 + 2.0 / 3) / 2, metrics.MeanIoU, 1e-12);
    }

    [TestMethod]
    public void EvaluationHoldsOneRowAtATime()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(Endless().Take(150));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        SegmentationMetrics metrics = _ml.MulticlassClassification.EvaluateSegmentation(view);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.AreEqual(150L * 256 * 256, Enumerable.Range(0, 4).Sum(c => metrics.ConfusionMatrix[c, c]));
        Assert.IsLessThan(4L << 20, after - before);

        static IEnumerable<Pair> Endless()
        {
            while (true)
            {
                var mask = new SegmentationMask(256, 256, TestMasks.Classes);
                yield return new Pair { Mask = mask, PredictedMask = mask };
            }
        }
    }

    [TestMethod]
    public void EvaluationRefusesWhatCannotBeCompared()
    {
        MulticlassClassificationCatalog catalog = _ml.MulticlassClassification;
        IDataView sizes = _ml.Data.LoadFromEnumerable([new Pair { Mask = Mask(0), PredictedMask = Mask(0, 1) }]);
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => catalog.EvaluateSegmentation(sizes)).Message, "row 0");

        var others = new ClassSet([new() { Id = 0, Name = "other", Color = default }]);
        IDataView classes = _ml.Data.LoadFromEnumerable(
            [new Pair { Mask = Mask(0), PredictedMask = new SegmentationMask(1, 1, others) }]);
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => catalog.EvaluateSegmentation(classes)).Message, "other");

        IDataView missing = _ml.Data.LoadFromEnumerable([new Pair { Mask = Mask(0) }]);
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => catalog.EvaluateSegmentation(missing)).Message, "row 0 has no mask in column \"PredictedMask\"");

        Assert.ThrowsExactly<DatasetException>(() => catalog.EvaluateSegmentation(_ml.Data.LoadFromEnumerable(Array.Empty<Pair>())));
        StringAssert.Contains(Assert.ThrowsExactly<SchemaException>(() => catalog.EvaluateSegmentation(sizes, "Label")).Message, "Label");
    }

    private static SegmentationMask Mask(params byte[] ids) => new(ids.Length, 1, ids, TestMasks.Classes);

    public sealed class Pair
    {
        public SegmentationMask? Mask { get; set; }

        public SegmentationMask? PredictedMask { get; set; }
    }

    public sealed class Sized
    {
        [SegmentationMaskType(height: 2, width: 3)]
        public SegmentationMask? Mask { get; set; }
    }
}
