using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Tuning;

namespace SegML.Tests.Training;

[TestClass]
public sealed class SearchSpaceTests
{
    private static readonly TuneRange Rate = new() { Min = 1e-4, Max = 1e-2, Log = true };

    [TestMethod]
    [DataRow(0, "0.0001")]
    [DataRow(0.5, "0.001")]
    [DataRow(1, "0.01")]
    public void ALogarithmIsDrawnEvenly(double share, string expected) => Assert.AreEqual(expected, SearchSpace.Value(Rate, share));

    [TestMethod]
    [DataRow(0, "4")]
    [DataRow(0.19, "4")]
    [DataRow(0.21, "5")]
    [DataRow(0.99, "8")]
    [DataRow(1, "8")]
    public void WholeNumbersAreAsLikelyAsEachOther(double share, string expected) =>
        Assert.AreEqual(expected, SearchSpace.Value(new TuneRange { Min = 4, Max = 8, Integer = true }, share));

    [TestMethod]
    [DataRow(0, "\"sgd\"")]
    [DataRow(0.6, "8")]
    [DataRow(1, "true")]
    public void ValuesAreDrawnAsTheyStand(double share, string expected) =>
        Assert.AreEqual(expected, SearchSpace.Value(new TuneRange { Values = [JsonValue.Create("sgd"), JsonValue.Create(8), JsonValue.Create(true)] }, share));

    [TestMethod]
    public void EveryDrawStaysInItsRangeAndDependsOnSeedAndTrialAlone()
    {
        TuneOptions options = Options(("training.learningRate", Rate), ("training.batchSize", new TuneRange { Min = 2, Max = 3, Integer = true }));
        string[][] draws = [.. Enumerable.Range(0, 200).Select(new SearchSpace(options).Draw)];
        double[] rates = [.. draws.Select(d => double.Parse(d[0]["training.learningRate=".Length..], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.IsTrue(rates.All(r => r is >= 1e-4 and <= 1e-2));
        Assert.AreEqual(100, rates.Count(r => r < 1e-3), 25);
        Assert.AreEqual(100, draws.Count(d => d[1] == "training.batchSize=2"), 25);
        CollectionAssert.AreEqual(draws[7], new SearchSpace(options with { Trials = 3 }).Draw(7));
        CollectionAssert.AreNotEqual(draws[7], new SearchSpace(options with { Seed = 2 }).Draw(7));
    }

    [TestMethod]
    [DataRow("{}", "neither values alone nor both")]
    [DataRow("""{ "min": 1 }""", "neither values alone nor both")]
    [DataRow("""{ "values": [1], "min": 1, "max": 2 }""", "neither values alone nor both")]
    [DataRow("""{ "values": [] }""", "no values")]
    [DataRow("""{ "min": 2, "max": 1 }""", "not below max")]
    [DataRow("""{ "min": 0, "max": 1, "log": true }""", "not above 0")]
    [DataRow("""{ "min": 0.5, "max": 2, "integer": true }""", "not a whole number")]
    [DataRow("""{ "values": [1], "log": true }""", "values, and log")]
    [DataRow("""{ "min": 1, "max": 2, "steps": 3 }""", "unknown key \"steps\"")]
    public void ABadRangeIsNamed(string range, string fault)
    {
        using var folder = new TemporaryFolder();
        string path = BoxSceneFiles.Write(folder);
        var refusal = Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(path, settings: [$$"""tune={ "ranges": { "training.ema": {{range}} } }"""]));
        Assert.Contains(fault, refusal.Message);
        Assert.Contains("training.ema", refusal.Message);
        Assert.DoesNotContain("\n", refusal.Message);
    }

    [TestMethod]
    [DataRow("data.root", "cannot be searched")]
    [DataRow("name", "cannot be searched")]
    [DataRow("tune.seed", "cannot be searched")]
    [DataRow("training.epochs", "cannot be searched")]
    [DataRow("training.earlyStopping.patience", "cannot be searched")]
    [DataRow("training.learningRat", "learningRate")]
    [DataRow("training.labelSmoothing", "labelSmoothing 8")]
    [DataRow("network.options.width", "width 128")]
    [DataRow("network.options.depth", "unknown key \"depth\"")]
    public void AnOptionThatCannotBeSearchedIsNamed(string option, string fault)
    {
        using var folder = new TemporaryFolder();
        var range = new TuneRange { Min = 8, Max = 128, Integer = true };
        var refusal = Assert.ThrowsExactly<PipelineFormatException>(() =>
        {
            string path = BoxSceneFiles.Write(folder, p => p with { Tune = Options((option, range)) });
            PipelineFile.Read(path);
            new SearchSpace(Options((option, range))).Check(path);
        });
        Assert.Contains(fault, refusal.Message);
    }

    [TestMethod]
    [DataRow(9, 3, 90, 10, "9@10 3@30 1@90")]
    [DataRow(16, 3, 100, 10, "16@20 5@40 1@100")]
    [DataRow(16, 2, 16, 1, "16@1 8@2 4@4 2@8 1@16")]
    [DataRow(5, 0, 30, 10, "5@30")]
    [DataRow(1, 3, 30, 10, "1@30")]
    [DataRow(27, 3, 20, 10, "27@10 1@20")]
    public void RungsShareTheEpochsOut(int trials, int halving, int epochs, int validateEvery, string expected) => Assert.AreEqual(expected,
        string.Join(' ', Rung.Plan(new TuneOptions { Trials = trials, Halving = halving }, new TrainingOptions { Epochs = epochs, ValidateEvery = validateEvery })
            .Select(r => $"{r.Trials}@{r.Epochs}")));

    private static TuneOptions Options(params (string Option, TuneRange Range)[] ranges) =>
        new() { Ranges = ranges.ToDictionary(r => r.Option, r => r.Range) };
}
