using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
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
        for (int i = 0; i < 4; i++)
        {
            (RgbaImage image, SegmentationMask mask) = Scenes.Draw(i, 40, 32);
            using (image)
            {
                ImageFile.Write(folder.File($"images/{i}.png"), image);
                MaskFile.Write(folder.File($"masks/{i}.png"), mask);
            }
        }
        var split = new SplitOptions { Images = "images", Masks = "masks" };
        var data = new DataOptions { Root = folder.Path, Splits = new Dictionary<string, SplitOptions> { ["train"] = split, ["val"] = split } };
        File.WriteAllText(folder.File("p.json"), PipelineFile.ToJson(Scenes.Pipeline with { Data = data }));
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
}
