using SegML.Datasets;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Cli;

/// <summary><c>segml train</c>, to its end before the end.</summary>
[TestClass]
public sealed class TrainTests
{
    [TestMethod]
    public void ItStopsEarlyAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        string[] command =
        [
            "train", folder.File("p.json"), "--out", folder.File("run"), "--device", "cpu", "--set", "training.epochs=9", "training.validateEvery=1",
            "training.earlyStopping.patience=2", "training.earlyStopping.minImprovement=1",
        ];

        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("trained 3 of 9 epochs, stopped early, in ", result.Output);
        byte[] last = File.ReadAllBytes(folder.File("run/last.dat"));

        result = Segml.Run([.. command, "--resume"]);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("trained 3 of 9 epochs, stopped early, in ", result.Output);
        CollectionAssert.AreEqual(last, File.ReadAllBytes(folder.File("run/last.dat")));
    }

    [TestMethod]
    public void ALastModelIsTrainedOnAllSplitsAndValidatedOnNone()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        string[] command =
        [
            "train", folder.File("p.json"), "--out", folder.File("run"), "--device", "cpu", "--set", "training.epochs=2", "training.batchSize=4",
            "training.splits=[\"train\",\"val\"]",
        ];
        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("nothing to validate on", result.Output);
        // Two batches of four an epoch: the samples of both splits.
        Assert.StartsWith("2,4,", File.ReadAllLines(folder.File("run/log.csv"))[2]);
        Assert.DoesNotContain("best and worst", File.ReadAllText(folder.File("run/report.html")).ToLowerInvariant());
        result = Segml.Run(["export", folder.File("run"), "--out", folder.File("m.onnx")]);
        Assert.AreEqual(0, result.Code, result.Error);
    }

    [TestMethod]
    [DataRow("[]", "no training.splits")]
    [DataRow("[\"train\",\"train\"]", "twice")]
    [DataRow("[\"train\",\"extra\"]", "has no split \"extra\"")]
    public void SplitsThatWillNotDo(string splits, string expected)
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        Segml.Result result = Segml.Run(["train", folder.File("p.json"), "--out", folder.File("run"), "--set", $"training.splits={splits}"]);
        Assert.AreEqual(2, result.Code);
        Assert.Contains(expected, result.Error);
    }

    [TestMethod]
    public void FoldsAreTrainedShownAndExportedAsOneModel()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        string[] command =
        [
            "train", folder.File("p.json"), "--out", folder.File("runs"), "--device", "cpu", "--folds", "2", "--set", "training.epochs=2", "training.batchSize=2",
        ];
        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, result.Error);
        string[] table = [.. result.Output.Split('\n').SkipWhile(l => !l.StartsWith("IoU", StringComparison.Ordinal))];
        Assert.AreEqual("IoU        fold 1   fold 2     mean      std  all images", table[0]);
        Assert.StartsWith("mean IoU", table[4]);
        // Of images held once and never trained on by the same run.
        string[] held = [.. Enumerable.Range(1, 2).SelectMany(f => Dataset.List(PipelineFile.Read(folder.File($"runs/fold-{f}/pipeline.json")), "val")).Select(i => i.ImagePath)];
        Assert.HasCount(4, held.Distinct());

        string ensemble = folder.File("m.onnx");
        result = Segml.Run("export", folder.File("runs"), "--out", ensemble);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("2 networks", result.Output);
        using RgbaImage image = TestImages.Noise(40, 32, seed: 3);
        using Segmenter all = Segmenter.Load(ensemble, new SegmenterOptions { Device = ComputeDevice.Cpu });
        using SegmentationScores mean = all.Score(image);
        double[] sum = new double[mean.Values.Length];
        for (int fold = 1; fold <= 2; fold++)
        {
            string single = folder.File($"{fold}.onnx");
            Assert.AreEqual(0, Segml.Run("export", folder.File($"runs/fold-{fold}"), "--out", single).Code);
            using Segmenter one = Segmenter.Load(single, new SegmenterOptions { Device = ComputeDevice.Cpu });
            using SegmentationScores scores = one.Score(image);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += scores.Values[i] / 2;
            }
        }
        for (int i = 0; i < sum.Length; i++)
        {
            Assert.AreEqual(sum[i], mean.Values[i], 1e-5);
        }
        Segml.Fails(2, Segml.Run(["train", folder.File("p.json"), "--folds", "1"]), "--folds is 2 to 20");
    }

    private static void Write(TemporaryFolder folder)
    {
        SplitOptions split = BoxSceneFiles.Draw(folder, "images", "masks", count: 4);
        var data = new DataOptions { Root = folder.Path, Splits = new Dictionary<string, SplitOptions> { ["train"] = split, ["val"] = split } };
        File.WriteAllText(folder.File("p.json"), PipelineFile.ToJson(BoxScenes.Pipeline with { Data = data }));
    }
}
