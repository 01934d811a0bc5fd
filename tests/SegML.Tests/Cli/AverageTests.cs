using System.Text.Json.Nodes;
using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Cli;

/// <summary><c>segml runs average</c>, from a training run to a run that can be evaluated.</summary>
[TestClass]
public sealed class AverageTests
{
    [TestMethod]
    public void ItMakesARunAndComparesItWithTheBest()
    {
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder);
        Segml.Result result = Segml.Run("train", pipeline, "--out", folder.File("run"), "--device", "cpu", "--set", "training.keepCheckpoints=3");
        Assert.AreEqual(0, result.Code, result.Error);

        result = Segml.Run("runs", "average", folder.File("run"), "--last", "3", "--out", folder.File("mean"), "--device", "cpu");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("averaged epochs 2 to 4 (3); batch norm statistics from the training split", result.Output);
        Assert.Contains(" averaged, ", result.Output);
        JsonNode card = JsonNode.Parse(File.ReadAllText(folder.File("mean/best.json")))!;
        Assert.AreEqual("[2,3,4]", card["averagedEpochs"]!.ToJsonString());

        result = Segml.Run("evaluate", folder.File("mean"), pipeline, "--split", "val", "--device", "cpu", "--json");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual((double)card["validation"]!["meanIoU"]!, (double)JsonNode.Parse(result.Output)!["meanIoU"]!, 1e-5);

        result = Segml.Run("runs", "average", folder.File("run"), "--last", "3", "--out", folder.File("again"), "--device", "cpu");
        Assert.AreEqual(0, result.Code, result.Error);
        CollectionAssert.AreEqual(File.ReadAllBytes(folder.File("mean/best.dat")), File.ReadAllBytes(folder.File("again/best.dat")));

        Segml.Fails(2, Segml.Run("runs", "average", folder.File("run"), "--last", "4", "--out", folder.File("other"), "--device", "cpu"),
            "3 epochs, not 4", "training.keepCheckpoints=4");
        Segml.Fails(2, Segml.Run("runs", "average", folder.File("run"), "--last", "2", "--out", folder.File("mean"), "--device", "cpu"), "is not empty");
        Segml.Fails(2, Segml.Run("runs", "average", folder.File("run"), "--last", "0", "--out", folder.File("other")), "--last");
        Segml.Fails(2, Segml.Run("evaluate", folder.File("mean"), pipeline, "--flip"), "export the run");
    }
}
