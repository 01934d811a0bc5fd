using System.Text.Json.Nodes;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ModelExportTests
{
    [TestMethod]
    public void TheExportedModelSegmentsAsTheCheckpoint()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline;
        TrainingResult result = Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder.Path);
        OnnxExportReport report = ModelExport.Export(folder.Path, folder.File("boxes.onnx"));
        Assert.HasCount(3, report.Shapes);

        Pipeline saved = RunFolder.ReadPipeline(folder.Path);
        using SegmentationNetwork network = RunFolder.ReadBest(folder.Path, saved);
        using Segmenter segmenter = Segmenter.Load(folder.File("boxes.onnx"));
        Assert.AreEqual("boxes", segmenter.Info.Name);
        CollectionAssert.AreEqual(pipeline.Classes.Names.ToArray(), segmenter.Info.Classes.Names.ToArray());
        Assert.AreEqual(result.BestEpoch, (int)segmenter.Info.Training!["epoch"]!);
        Assert.AreEqual(7, (int)segmenter.Info.Training!["training"]!["seed"]!);

        // An image at the reference size, and ones that are resized on the way in and out.
        foreach ((int width, int height) in new[] { (40, 32), (83, 61), (17, 50) })
        {
            (RgbaImage image, _) = BoxScenes.Draw(99, width, height);
            using (image)
            {
                SegmentationMask ours = ModelEvaluation.Predict(network, image, saved.Input, saved.Classes, CPU), theirs = segmenter.Predict(image);
                int differ = 0;
                for (int i = 0; i < ours.Ids.Length; i++)
                {
                    differ += ours.Ids[i] == theirs.Ids[i] ? 0 : 1;
                }
                Assert.IsLessThanOrEqualTo(ours.Ids.Length / 500, differ);
            }
        }
    }

    [TestMethod]
    public void TheBestCheckpointEvaluatesToTheFigureThatWasLogged()
    {
        using TemporaryFolder folder = new(), data = new();
        SplitOptions split = BoxSceneFiles.Draw(data, "images", "masks", count: 3);
        Pipeline pipeline = BoxScenes.Pipeline with
        {
            Data = new DataOptions { Root = data.Path, Splits = new Dictionary<string, SplitOptions> { ["train"] = split, ["val"] = split } },
        };
        TrainingResult result = Trainer.Train(pipeline, folder.Path);
        SegmentationMetrics metrics = ModelEvaluation.Evaluate(folder.Path, "val");
        Assert.AreEqual(result.BestMeanIoU, metrics.MeanIoU);
    }

    [TestMethod]
    public void AMergedClassIsAsProbableAsItsMembersTogether()
    {
        using var folder = new TemporaryFolder();
        // unet's logits are as large as the image, so nothing is enlarged between the members and their sum.
        Pipeline pipeline = BoxScenes.Pipeline with { Network = new NetworkOptions { Name = "unet", Options = new JsonObject { ["width"] = 4, ["depth"] = 2 } } };
        Trainer.Train(pipeline, BoxScenes.Source(9), null, folder.Path);
        IReadOnlyList<string> names = pipeline.Classes.Names;
        var merged = new ClassSet([new() { Id = 0, Name = "some", Color = default, From = [names[1]] }, new() { Id = 1, Name = "rest", Color = default, From = [names[0], "2"] }], source: "two.json");
        ModelExport.Export(folder.Path, folder.File("all.onnx"));
        OnnxExportReport report = ModelExport.Export(folder.Path, folder.File("two.onnx"), mergeInto: pipeline with { Name = "two", Classes = merged });
        Assert.IsLessThan(1e-4, report.MaxDifference);

        using Segmenter all = Segmenter.Load(folder.File("all.onnx")), two = Segmenter.Load(folder.File("two.onnx"));
        Assert.AreEqual("two", two.Info.Name);
        CollectionAssert.AreEqual(merged.Names.ToArray(), two.Info.Classes.Names.ToArray());
        Assert.AreEqual(names[0], (string?)two.Info.Training!["mergedFrom"]![0]);
        (RgbaImage image, _) = BoxScenes.Draw(99, 40, 32);
        using (image)
        {
            using SegmentationScores members = all.Score(image), sums = two.Score(image);
            int pixels = 40 * 32;
            for (int i = 0; i < pixels; i++)
            {
                Assert.AreEqual(members.Values[pixels + i], sums.Values[i], 1e-4f);
                Assert.AreEqual(members.Values[i] + members.Values[(2 * pixels) + i], sums.Values[pixels + i], 1e-4f);
            }
        }
    }

    [TestMethod]
    [DataRow("1", "2", "no class that is made from")]
    [DataRow("0,1,2", "7", "into which no class of the network goes")]
    public void ClassesThatCannotBeMerged(string first, string second, string expected)
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => MergedClasses.Members(BoxScenes.Classes, new ClassSet(
            [new() { Id = 0, Name = "a", Color = default, From = first.Split(',') }, new() { Id = 1, Name = "b", Color = default, From = second.Split(',') }], source: "two.json")));
        Assert.Contains("two.json", fault.Message);
        Assert.Contains(expected, fault.Message);
    }

    [TestMethod]
    public void AFolderWithoutARunIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.ThrowsExactly<ModelFormatException>(() => ModelExport.Export(folder.Path, folder.File("m.onnx")));
        Trainer.Train(BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 1 } }, BoxScenes.Source(3), null, folder.Path);
        File.Delete(folder.File("best.dat"));
        Assert.Contains("best.dat", Assert.ThrowsExactly<ModelFormatException>(() => ModelExport.Export(folder.Path, folder.File("m.onnx"))).Message);
        Assert.IsFalse(File.Exists(folder.File("m.onnx")));
    }
}
