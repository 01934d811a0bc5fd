using SegML.Tests.Cli;
using SegML.Tests.Images;

namespace SegML.Tests.Discovery;

/// <summary>From the zip file that a tool exports to a trained model in two commands, no file edited.</summary>
[TestClass]
public sealed class ExportToTrainingTests
{
    private readonly TemporaryFolder _folder = new();

    public static IEnumerable<object[]> Forms => ExportedSets.Forms.Select(f => new object[] { f });

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void AZipBecomesATrainedModelInTwoCommands(string form)
    {
        string zip = ExportedSets.Zip(_folder, form), file = _folder.File("street.json");
        Segml.Result init = Segml.Run("init", zip, "--out", file, "--minutes", "0.02");
        Assert.AreEqual(0, init.Code, init.Error + init.Output);
        Assert.Contains($"next: segml train {file}", init.Output);
        Assert.IsTrue(File.Exists(_folder.File("street.html")));
        // One small epoch is enough to see that training takes what init wrote.
        Segml.Result train = Segml.Run("train", file, "--out", _folder.File("run"), "--device", "cpu",
            "--set", "training.epochs=1", "--set", "training.batchSize=4", "--set", "training.iterationsPerEpoch=2", "--set", "network.name=fcn-small");
        Assert.AreEqual(0, train.Code, train.Error);
        Assert.IsTrue(File.Exists(_folder.File("run/best.dat")));
    }
}
