using SegML.Annotations;
using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Masks;

/// <summary>Masks of classes that overlap: from files for each class and from annotations, and what is counted of them.</summary>
[TestClass]
public sealed class MultiLabelMaskTests
{
    [TestMethod]
    public void ReadsAMaskForEachClassFromFoldersAndFromFilesBesideEachOther()
    {
        using var folder = new TemporaryFolder();
        string pipeline = OverlapScenes.Write(folder, 2);
        DatasetItem item = Dataset.List(PipelineFile.Read(pipeline), "train")[1];
        byte[] truth = OverlapScenes.Draw(1001).Mask.Ids.ToArray();
        CollectionAssert.AreEqual(truth, item.ReadMask(OverlapScenes.Classes).Ids.ToArray());
        CollectionAssert.AreEquivalent(new byte[] { 0, 1, 2, 3 }, truth.Distinct().ToArray());

        Directory.CreateDirectory(folder.File("flat"));
        foreach (string name in OverlapScenes.Classes.Names)
        {
            File.Copy(folder.File($"train/masks/{name}/01.png"), folder.File($"flat/01_{name}.png"));
        }
        string beside = File.ReadAllText(pipeline).Replace("train/masks/{class}", "flat/{image}_{class}", StringComparison.Ordinal);
        File.WriteAllText(pipeline, beside.Replace("\"data\": {", "\"data\": { \"unannotated\": \"skip\",", StringComparison.Ordinal));
        IReadOnlyList<DatasetItem> items = Dataset.List(PipelineFile.Read(pipeline), "train");
        Assert.HasCount(1, items);
        CollectionAssert.AreEqual(truth, items[0].ReadMask(OverlapScenes.Classes).Ids.ToArray());
    }

    [TestMethod]
    public void AClassWithoutAFileIsNotOnTheImageAndAnImageWithoutAnyIsAFault()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(OverlapScenes.Write(folder, 1));
        File.Delete(folder.File("train/masks/tumour/00.png"));
        SegmentationMask mask = Dataset.List(pipeline, "train")[0].ReadMask(pipeline.Classes);
        Assert.IsTrue(mask.Ids.ToArray().All(id => id is 0 or 1));
        File.Delete(folder.File("train/masks/organ/00.png"));
        StringAssert.Contains(Assert.ThrowsExactly<DatasetException>(() => Dataset.List(pipeline, "train")).Message, "has no mask 00.png");
    }

    [TestMethod]
    public void MasksOfTwoSizesAreRefused()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = PipelineFile.Read(OverlapScenes.Write(folder, 1));
        MaskFile.Write(folder.File("train/masks/tumour/00.png"), new SegmentationMask(8, 8, OverlapScenes.Classes));
        StringAssert.Contains(Assert.ThrowsExactly<MaskFormatException>(() => Dataset.List(pipeline, "train")[0].ReadMask(pipeline.Classes)).Message, "is 8x8");
    }

    [TestMethod]
    public void AnnotatedShapesThatOverlapAreOfBothClasses()
    {
        var drawn = new AnnotatedImage("a.json", 8, 4,
        [
            new PolygonShape("tumour", [new(0, 0), new(5, 0), new(5, 3), new(0, 3)]),
            new PolygonShape("organ", [new(3, 0), new(7, 0), new(7, 3), new(3, 3)]),
        ]);
        using SegmentationMask mask = AnnotationRasterizer.Draw(drawn, OverlapScenes.Classes);
        Assert.AreEqual((2, 3, 1), (mask[1, 1], mask[4, 1], mask[6, 1]));
        using SegmentationMask ignored = AnnotationRasterizer.Draw(drawn with { Shapes = [drawn.Shapes[0]] }, OverlapScenes.Classes,
            new AnnotationOptions { Unlabelled = AnnotationOptions.Ignored });
        Assert.AreEqual((2, 255), (ignored[1, 1], ignored[7, 1]));
    }

    [TestMethod]
    public void EachClassIsMeasuredAgainstWhatIsNotOfIt()
    {
        // Truth: 0, organ, tumour, both, ignored. Predicted: organ, organ, both, tumour, both.
        SegmentationMask truth = new(5, 1, [0, 1, 2, 3, 255], OverlapScenes.Classes), guess = new(5, 1, [1, 1, 3, 2, 3], OverlapScenes.Classes);
        var evaluator = new SegmentationEvaluator(OverlapScenes.Classes);
        evaluator.Add(truth, guess);
        SegmentationMetrics metrics = evaluator.ToMetrics();
        // organ: true 1 3, predicted 0 1 2; tumour: true 2 3, predicted 2 3.
        Assert.AreEqual(1.0 / 4, metrics.PerClassIoU[0], 1e-12);
        Assert.AreEqual(1.0, metrics.PerClassIoU[1]);
        Assert.AreEqual(2.0 / 5, metrics.PerClassDice[0], 1e-12);
        Assert.AreEqual((1 + 4) / 8.0, metrics.PixelAccuracy, 1e-12);
        Assert.AreEqual((1, 2), (metrics.ConfusionMatrix[0, 0], metrics.ConfusionMatrix[1, 1]));
        Assert.IsFalse(double.IsNaN(metrics.PerClassSurfaceDice[0]));
        Assert.AreEqual(0.5, (double)metrics.ToJson()["classes"]![0]!["threshold"]!);
        double[] shares = truth.Shares();
        Assert.AreEqual((0.5, 0.5), (shares[0], shares[1]));
    }

    [TestMethod]
    [DataRow("\"multiLabel\": true,", "", "has a mask for each class")]
    [DataRow("{class}", "", "has classes that overlap and one mask an image")]
    [DataRow("binaryCrossEntropy", "focal", "of the kind Focal")]
    [DataRow("\"scaleMin\": 0.9", "\"copyPaste\": 0.5", "copyPaste")]
    [DataRow("\"name\": \"organs\",", "\"name\": \"organs\", \"ignore\": { \"id\": 9 },", "ignore index 9")]
    public void WhatIsNotForClassesThatOverlapIsRefused(string part, string other, string fault)
    {
        using var folder = new TemporaryFolder();
        string path = OverlapScenes.Write(folder, 1);
        File.WriteAllText(path, File.ReadAllText(path).Replace(part, other, StringComparison.Ordinal));
        StringAssert.Contains(Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(path)).Message, fault);
    }

    [TestMethod]
    public void AByteHasRoomForSevenClasses()
    {
        SegmentationClass[] eight = [.. Enumerable.Range(0, 8).Select(i => new SegmentationClass { Id = i, Name = $"c{i}", Color = default })];
        _ = new ClassSet(eight[..7], thresholds: [.. Enumerable.Repeat(0.5, 7)]);
        StringAssert.Contains(Assert.ThrowsExactly<PipelineFormatException>(() => new ClassSet(eight, thresholds: [.. Enumerable.Repeat(0.5, 8)])).Message, "room for 7");
    }
}
