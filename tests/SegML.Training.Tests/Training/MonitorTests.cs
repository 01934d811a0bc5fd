using System.Globalization;
using System.Text.Json.Nodes;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Loop;
using SegML.Training.Runs;

namespace SegML.Tests.Training;

/// <summary>training.monitor decides which epoch is best.</summary>
[TestClass]
public sealed class MonitorTests
{
    private static readonly ClassSet Pole = Names("background", "pole", "wire");

    [TestMethod]
    [DataRow(null, "foreground mean IoU", 0.3)]
    [DataRow("meanIoU", "mean IoU", 0.5)]
    [DataRow("foregroundiou", "foreground mean IoU", 0.3)]
    [DataRow("IoU pole", "IoU pole", 0.2)]
    [DataRow("Dice WIRE", "Dice wire", 0.8 / 1.4)]
    [DataRow("meanDice", "mean Dice", (1.8 / 1.9 + 0.4 / 1.2 + 0.8 / 1.4) / 3)]
    [DataRow("loss", "loss", 1.25)]
    public void EachFigureIsComputedFromAValidation(string? monitor, string name, double expected)
    {
        var figure = MonitoredFigure.Parse(monitor, Pole, "p.json");
        Assert.AreEqual(name, figure.Name);
        Assert.AreEqual(expected, figure.Of([0.9, 0.2, 0.4], 1.25), 1e-12);
        Assert.AreEqual(monitor == "loss" ? -1.25 : expected, figure.Rank(figure.Of([0.9, 0.2, 0.4], 1.25)), 1e-12);
    }

    [TestMethod]
    public void AClassThatDoesNotOccurDoesNotCount()
    {
        Assert.AreEqual(0.2, MonitoredFigure.Parse(null, Pole, "p.json").Of([0.9, 0.2, double.NaN], 1));
        Assert.IsTrue(double.IsNaN(MonitoredFigure.Parse(null, Pole, "p.json").Of([0.9, double.NaN, double.NaN], 1)));
    }

    [TestMethod]
    [DataRow(null, "IoU foreground")]
    [DataRow("foregroundDice", "Dice foreground")]
    public void OfOneForegroundClassTheFigureHasItsName(string? monitor, string name) =>
        Assert.AreEqual(name, MonitoredFigure.Parse(monitor, Names("background", "foreground"), "p.json").Name);

    [TestMethod]
    public void WithoutABackgroundTheDefaultIsTheMeanOverAllClasses() =>
        Assert.AreEqual("mean IoU", MonitoredFigure.Parse(null, Names("sky", "ground"), "p.json").Name);

    [TestMethod]
    [DataRow("IoU")]
    [DataRow("IoU lamp")]
    [DataRow("accuracy")]
    [DataRow("foregroundIoU")]
    public void AFigureThatIsNoneNamesTheChoices(string monitor)
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => MonitoredFigure.Parse(monitor, Names("sky", "ground"), "p.json"));
        Assert.Contains("choose meanIoU, meanDice, loss, or IoU or Dice and a class: \"IoU ground\"", fault.Message);
    }

    [TestMethod]
    [DataRow("IoU box")]
    [DataRow("loss")]
    public void TheBestCheckpointIsOfTheEpochThatTheMonitorNames(string monitor)
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { Epochs = 8, ValidateEvery = 1, Monitor = monitor } };
        TrainingResult result = Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder.Path, new TrainerOptions { Device = ComputeDevice.Cpu });
        string[][] log = [.. File.ReadLines(folder.File("log.csv")).Select(line => line.Split(','))];
        int column = Array.IndexOf(log[0], monitor == "loss" ? "valLoss" : monitor);
        double[] figures = [.. log.Skip(1).Select(row => double.Parse(row[column], CultureInfo.InvariantCulture))];
        double best = monitor == "loss" ? figures.Min() : figures.Max();
        Assert.AreEqual(best, figures[result.BestEpoch - 1], 1e-5);
        Assert.AreEqual(best, result.BestFigure, 1e-5);
        Assert.AreEqual(monitor, result.Monitor);
        JsonNode card = JsonNode.Parse(File.ReadAllText(folder.File("best.json")))!;
        Assert.AreEqual(result.BestEpoch, (int)card["epoch"]!);
        Assert.AreEqual(best, (double)card["monitor"]!["value"]!, 1e-5);
        Assert.AreEqual(result.BestEpoch, RunRecord.Read(folder.Path).Best!.Epoch);
    }

    [TestMethod]
    public void AClassThatNoValidationMaskHoldsIsSaid()
    {
        var occurs = new bool[256];
        occurs[0] = occurs[1] = true;
        Pipeline pipeline = BoxScenes.Pipeline with { Classes = Pole };
        IReadOnlyList<string> notes = DataNotes.OfValidation(pipeline, MonitoredFigure.Parse(null, Pole, "p.json"), occurs);
        CollectionAssert.AreEqual(new[] { "class \"wire\" never occurs in the validation masks: no validation measures it" }, notes.ToArray());
        Pipeline wire = pipeline with { Training = pipeline.Training with { Monitor = "IoU wire" } };
        Assert.Contains("IoU wire", Assert.ThrowsExactly<PipelineFormatException>(() =>
            DataNotes.OfValidation(wire, MonitoredFigure.Parse("IoU wire", Pole, "p.json"), occurs)).Message);
    }

    private static ClassSet Names(params string[] names) => new([.. names.Select((name, id) => new SegmentationClass { Id = id, Name = name, Color = default })]);
}
