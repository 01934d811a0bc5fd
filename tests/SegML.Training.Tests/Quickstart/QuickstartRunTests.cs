using SegML.Cli.Quickstart;
using SegML.Tests.Images;

namespace SegML.Tests.Quickstart;

[TestClass]
public sealed class QuickstartRunTests
{
    private static readonly QuickstartOptions Tiny = new() { Scenes = 16, Width = 64, Height = 48, Epochs = 2 };

    [TestMethod]
    public void ATinyQuickstartLeavesEverythingItPromises()
    {
        using var folder = new TemporaryFolder();
        var lines = new Lines();
        QuickstartResult result = QuickstartRun.Execute(folder.File("out"), Tiny, lines);

        QuickstartFolder left = result.Folder;
        foreach (string file in (string[])[left.Pipeline, left.Onnx, left.Model, left.Report, Path.Combine(left.Run, "log.csv")])
        {
            Assert.IsTrue(File.Exists(file), file);
        }
        Assert.HasCount(Tiny.Scenes, Directory.GetFiles(left.Split("train", "masks")));
        Assert.HasCount(Tiny.TestScenes, Directory.GetFiles(left.Split("test", "images")));
        Assert.HasCount(8, Directory.GetFiles(left.Overlays));
        Assert.IsTrue(result.Metrics.MeanIoU is > 0 and < 1, $"mean IoU {result.Metrics.MeanIoU}");
        CollectionAssert.AreEqual(result.Steps.Select(s => s.Step).ToList(), lines.All);

        string report = File.ReadAllText(left.Report);
        foreach (string section in (string[])["Summary", "Predictions", "Classes", "Confusion matrix", "Training", "Network", "Export parity", "Timings", "Your own data"])
        {
            Assert.Contains($"<h2>{section}</h2>", report);
        }
        Assert.Contains("multiply-adds", report);
        Assert.Contains("data:image/svg+xml", report);
        ReportPageTests.AssertSelfContained(report);
    }

    [TestMethod]
    public void ACancelledQuickstartStops()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => QuickstartRun.Execute(folder.File("out"), Tiny, cancellation: cancellation.Token));
        Assert.IsFalse(File.Exists(folder.File("out/report.html")));
    }

    private sealed class Lines : IProgress<string>
    {
        public List<string> All { get; } = [];

        public void Report(string value) => All.Add(value);
    }
}
