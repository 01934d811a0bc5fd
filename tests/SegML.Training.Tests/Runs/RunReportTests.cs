using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SegML.Files;
using SegML.Tests.Cli;
using SegML.Tests.Images;

namespace SegML.Tests.Runs;

/// <summary>What a run leaves, its page, and <c>segml runs compare</c>.</summary>
[TestClass]
public sealed class RunReportTests
{
    private static TemporaryFolder? _folder;
    private static string _output = "";

    private static TemporaryFolder Folder => _folder!;

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        _folder = new TemporaryFolder();
        string pipeline = RunData.Write(Folder, t => t with { Epochs = 4, ValidateEvery = 2 });
        Segml.Result first = Segml.Run("train", pipeline, "--out", Folder.File("a"), "--device", "cpu", "--samples-every", "2");
        Assert.AreEqual(0, first.Code, first.Error);
        _output = first.Output;
        Segml.Result second = Segml.Run("train", pipeline, "--out", Folder.File("b"), "--device", "cpu", "--samples-every", "0",
            "--set", "training.epochs=2", "training.learningRate=0.01");
        Assert.AreEqual(0, second.Code, second.Error);
    }

    [ClassCleanup]
    public static void Delete() => Folder.Dispose();

    [TestMethod]
    public void TrainLeavesAllOfIt()
    {
        Assert.MatchesRegex("; peak memory [0-9]+ MB", _output);
        Assert.Contains($"report: {Folder.File("a/report.html")}", _output);
        string[] names = [.. Directory.EnumerateFiles(Folder.File("a"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Folder.File("a"), f)).Order(StringComparer.Ordinal)];
        string[] samples = [.. Enumerable.Range(1, 4).SelectMany(i => (string[])[$"samples/{i}/epoch-0002.jpg", $"samples/{i}/epoch-0004.jpg", $"samples/{i}/image.jpg", $"samples/{i}/truth.jpg"])];
        CollectionAssert.AreEqual((string[])["best.dat", "best.json", "curves.png", "events.out.tfevents.segml", "last.dat", "last.json", "log.csv", "pipeline.json",
            "report.html", .. samples, "sessions.json"], names);
        Assert.IsFalse(Directory.Exists(Folder.File("b/samples")));

        JsonObject session = JsonNode.Parse(File.ReadAllText(Folder.File("a/sessions.json")))!.AsArray().Single()!.AsObject();
        Assert.AreEqual(7, (int)session["seed"]!);
        Assert.AreEqual("cpu", (string)session["machine"]!["device"]!);
        Assert.MatchesRegex("^2\\.", (string)session["machine"]!["libtorch"]!);
        Assert.IsGreaterThan(0, (int)session["machine"]!["cores"]!);
        Assert.IsNull(session["git"]);
    }

    [TestMethod]
    public void TheBoardHoldsTheLogsFiguresAndThePictures()
    {
        TensorBoardFileTests.Event[] events = TensorBoardFileTests.Read(Folder.File("a/events.out.tfevents.segml"));
        Assert.HasCount(5, events);
        string[] log = File.ReadAllLines(Folder.File("a/log.csv"));
        foreach (TensorBoardFileTests.Event step in events[1..])
        {
            string[] cells = log[(int)step.Step].Split(',');
            Assert.AreEqual(float.Parse(cells[3]), step.Values.Single(v => v.Tag == "loss").Scalar);
            Assert.AreEqual(step.Step % 2 == 0, step.Values.Any(v => v.Tag == "validation/mean IoU"));
            Assert.AreEqual(cells[10].Length > 0, step.Values.Any(v => v.Tag == "validation/loss"));
            CollectionAssert.AreEqual(cells[11..].Where(c => c.Length > 0).Select(c => (float?)float.Parse(c)).ToArray(),
                step.Values.Where(v => v.Tag.StartsWith("IoU/", StringComparison.Ordinal)).Select(v => v.Scalar).ToArray());
            TensorBoardFileTests.Value[] pictures = [.. step.Values.Where(v => v.Image is not null)];
            Assert.HasCount(step.Step % 2 == 0 ? 4 : 0, pictures);
            foreach (TensorBoardFileTests.Value picture in pictures)
            {
                Assert.AreEqual((40L, 32L), picture.Size);
                CollectionAssert.AreEqual(File.ReadAllBytes(Folder.File($"a/{picture.Tag}/epoch-{step.Step:0000}.jpg")), picture.Image);
            }
        }
    }

    [TestMethod]
    public void ThePageHasAllOfItsPartsAndLoadsNothing()
    {
        string page = File.ReadAllText(Folder.File("a/report.html"));
        CollectionAssert.AreEqual(
            new[]
            {
                "Summary", "Curves", "Classes over time", "Classes", "Outlines and objects", "Confusion matrix", "Calibration", "Worst images", "Best images", "Samples over time",
                "Timings and memory", "Where it ran", "Pipeline",
            },
            Regex.Matches(page, "<h2>(.*?)</h2>").Select(m => m.Groups[1].Value).ToArray());
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("NaN", page);
        Assert.DoesNotContain("Infinity", page);
        foreach (Match source in Regex.Matches(page, "src=\"(.{5})"))
        {
            Assert.AreEqual("data:", source.Groups[1].Value);
        }
        // Its figure is the log's.
        string best = File.ReadAllLines(Folder.File("a/log.csv")).Skip(1).Select(l => l.Split(',')[5]).Where(c => c.Length > 0).MaxBy(double.Parse)!;
        Assert.Contains($"<b>{double.Parse(best):0.000}</b>", page);
    }

    [TestMethod]
    public void ReportWritesThePageAgainAndAlsoWithoutData()
    {
        Segml.Result result = Segml.Run("runs", "report", Folder.File("a"), "--out", Folder.File("again.html"), "--device", "cpu");
        Assert.AreEqual(0, result.Code, result.Error);
        Assert.AreEqual(File.ReadAllText(Folder.File("a/report.html")), File.ReadAllText(Folder.File("again.html")));
        Segml.Fails(2, Segml.Run("runs", "report", Folder.File("train")), "train", "holds no training run");
        Segml.Fails(2, Segml.Run("runs", "report", Folder.File("a"), "--data", Folder.File("nowhere")), "nowhere");
    }

    [TestMethod]
    public void CompareShowsFiguresClassesAndWhatDiffers()
    {
        Segml.Result result = Segml.Run("runs", "compare", Folder.File("a"), Folder.File("b"), "--out", Folder.File("compare.html"));
        Assert.AreEqual(0, result.Code, result.Error);
        string[] lines = result.Output.Split(Environment.NewLine);
        Assert.MatchesRegex("^ +a +b$", lines[0]);
        Assert.MatchesRegex("^best mean IoU +0\\.[0-9]{4} +0\\.[0-9]{4}$", lines[1]);
        Assert.Contains(l => Regex.IsMatch(l, "^epochs +4 of 4 +2 of 2$"), lines);
        Assert.Contains(l => Regex.IsMatch(l, "^ground +[01]\\.[0-9]{4} +[01]\\.[0-9]{4}$"), lines);
        int options = Array.IndexOf(lines, "options that differ");
        CollectionAssert.AreEqual(new[] { "training.epochs", "training.learningRate" }, lines[(options + 1)..(options + 3)].Select(l => l.Split(' ')[0]).ToArray());

        string page = File.ReadAllText(Folder.File("compare.html"));
        Assert.Contains("training.learningRate", page);
        // A line a run in each of the two charts.
        Assert.HasCount(4, Regex.Matches(page, "<path class=\"line c[01]\" d=\"M[^H\"]+\""));
    }

    [TestMethod]
    public void CompareGivesNumbersToPrograms()
    {
        Segml.Result result = Segml.Run("runs", "compare", Folder.File("a"), Folder.File("b"), "--json");
        JsonObject figures = JsonNode.Parse(result.Output)!.AsObject();
        JsonObject first = figures["runs"]![0]!.AsObject();
        Assert.AreEqual(4, (int)first["epochs"]!);
        Assert.IsGreaterThan(1000, (long)first["parameters"]!);
        Assert.AreEqual("0.01", (string)figures["options"]!["training.learningRate"]![1]!);
        CollectionAssert.AreEquivalent(new[] { "sky", "ground", "box" }, first["perClassIoU"]!.AsObject().Select(p => p.Key).ToArray());
    }

    [TestMethod]
    public void WhatCannotBeComparedIsOneLine()
    {
        Segml.Fails(2, Segml.Run("runs", "compare", Folder.File("a"), Folder.File("train")), "train", "holds no training run");
        Segml.Fails(2, Segml.Run("runs", "compare", Folder.File("a")), "segml runs compare --help");
        Directory.CreateDirectory(Folder.File("other"));
        File.Copy(Folder.File("b/last.dat"), Folder.File("other/last.dat"), overwrite: true);
        File.WriteAllText(Folder.File("other/pipeline.json"), Checksums.Sign(File.ReadAllText(Folder.File("b/pipeline.json")).Replace("\"ground\"", "\"floor\"")));
        Segml.Fails(2, Segml.Run("runs", "compare", Folder.File("a"), Folder.File("other")), "other", "other classes");
    }
}
