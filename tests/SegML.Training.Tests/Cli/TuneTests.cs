using SegML.Tests.Images;
using SegML.Tests.Training;

namespace SegML.Tests.Cli;

/// <summary><c>segml runs tune</c> with trials in processes of their own.</summary>
[TestClass]
public sealed class TuneTests
{
    [TestMethod]
    public void TrialsTrainSideBySideAndTheTestSplitIsNotRead()
    {
        using var folder = new TemporaryFolder();
        // The split "test" names folders that are not there.
        string pipeline = BoxSceneFiles.Write(folder, TunerTests.Searching);
        string[] command = ["runs", "tune", pipeline, "--out", folder.File("search"), "--device", "cpu", "--jobs", "2", "--set", "tune.trials=2", "tune.halving=2"];
        Segml.Result result = Segml.Run(command);
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.Contains("rank  trial  epochs  best epoch  val mean IoU  values", result.Output);
        Assert.Contains("   1    00", result.Output);
        Assert.Contains("next: segml export", result.Output);
        string[] board = File.ReadAllLines(folder.File("search/leaderboard.csv"));
        Assert.HasCount(3, board);
        Assert.StartsWith("1,", board[1]);
        Assert.MatchesRegex(@"^1,\d+,4,\d+,0\.", board[1]);
        Assert.Contains(",2,0.", board[2]);
        Assert.AreEqual(2, Directory.GetDirectories(folder.File("search")).Length);

        Segml.Fails(2, Segml.Run(command), "already holds a search", "--resume");
        Segml.Result again = Segml.Run([.. command, "--resume"]);
        Assert.AreEqual(result.Output, again.Output, again.Error);
    }

    [TestMethod]
    public void WhatCannotBeSearchedIsOneLine()
    {
        using var folder = new TemporaryFolder();
        string pipeline = BoxSceneFiles.Write(folder, TunerTests.Searching);
        Segml.Fails(2, Segml.Run("runs", "tune", pipeline, "--out", folder.File("a"), "--set", """tune.ranges={ "training.ema": { "min": 0, "max": 2 } }"""), "training.ema");
        Segml.Fails(2, Segml.Run("runs", "tune", pipeline, "--out", folder.File("a"), "--set", """tune.ranges={ "training.ema": { "min": 0 } }"""), "tune.ranges");
        Segml.Fails(2, Segml.Run("runs", "tune", pipeline, "--out", folder.File("a"), "--jobs", "0"), "--jobs");
    }
}
