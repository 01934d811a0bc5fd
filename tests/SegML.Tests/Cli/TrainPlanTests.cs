using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Cli;

/// <summary><c>segml train --plan</c>: from files to a commented pipeline file.</summary>
[TestClass]
public sealed class TrainPlanTests
{
    [TestMethod]
    public void ItShowsThePlanTrainsNothingAndWritesAFileThatTrains()
    {
        using var folder = new TemporaryFolder();
        string file = BoxSceneFiles.Write(folder, p => p with { Training = p.Training with { Epochs = 77, Seed = 5 } });
        Segml.Result result = Segml.Run(["train", file, "--plan", "--device", "cpu", "--minutes", "0.5", "--plan-out", folder.File("planned.json"), "--out", folder.File("run")]);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("Planned for 6 images of 40x32, 3 classes", result.Output);
        Assert.Contains("training.augmentation.cropWidth", result.Output);
        Assert.IsFalse(Directory.Exists(folder.File("run")));

        string text = File.ReadAllText(folder.File("planned.json"));
        Assert.Contains("// Planned for 6 images", text);
        Assert.DoesNotContain("labelSmoothing", text);
        Pipeline planned = PipelineFile.Read(folder.File("planned.json")), given = PipelineFile.Read(file);
        Assert.AreEqual((40, 32), (planned.Input.Width, planned.Input.Height));
        Assert.AreEqual(given.Data.Root, planned.Data.Root);
        Assert.AreEqual(5, planned.Training.Seed);
        Assert.AreEqual(Precision.Float32, planned.Training.Precision);
        Assert.AreNotEqual(77, planned.Training.Epochs);
        Assert.IsTrue(text.Split('\n').All(line => line.Length <= 160), text);

        result = Segml.Run(["train", folder.File("planned.json"), "--out", folder.File("run"), "--device", "cpu", "--set", "training.epochs=1", "training.iterationsPerEpoch=2"]);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.StartsWith("1,2,", File.ReadAllLines(folder.File("run/log.csv"))[1]);
    }

    [TestMethod]
    [DataRow("--minutes", "5", "go with --plan")]
    [DataRow("--plan-out", "x.json", "go with --plan")]
    public void OptionsWithoutAPlanAreRefused(string option, string value, string expected) =>
        Segml.Fails(2, Segml.Run(["train", "p.json", option, value]), expected);

    [TestMethod]
    public void MinutesAreAboveZero() => Segml.Fails(2, Segml.Run(["train", "p.json", "--plan", "--minutes", "0"]), "--minutes is a number above 0");
}
