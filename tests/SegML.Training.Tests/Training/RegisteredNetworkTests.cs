using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using static SegML.Tests.ReadmeTests;

namespace SegML.Tests.Training;

/// <summary>README's network of an app's own keeps to what every network keeps to, and goes the whole way.</summary>
[TestClass]
public sealed class RegisteredNetworkTests : NetworkContract
{
    private const string Name = "two-layers";
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };

    protected override NetworkOptions Options => new() { Name = Name, Options = new JsonObject { ["width"] = 8 } };

    private static Pipeline Pipeline => BoxScenes.Pipeline with { Network = new NetworkOptions { Name = Name, Options = new JsonObject { ["width"] = 8 } } };

    [TestInitialize]
    public void Register() =>
        NetworkCatalog.Register(Name, (int classes, TwoLayersOptions options, int channels) => new TwoLayers(classes, options, channels), "made for tests");

    [TestCleanup]
    public void Remove() => NetworkCatalog.Remove(Name);

    [TestMethod]
    public void ARunGoesOnBitForBitAndItsExportIsProven()
    {
        using TemporaryFolder straight = new(), resumed = new();
        Run(Pipeline, straight);
        Run(Pipeline, resumed, OnCpu with { StopAfter = 2 });
        Run(Pipeline, resumed, OnCpu with { Resume = true });
        CollectionAssert.AreEqual(File.ReadAllBytes(straight.File("last.dat")), File.ReadAllBytes(resumed.File("last.dat")));

        ModelExport.Export(straight.Path, straight.File("boxes.onnx"));
        using Segmenter segmenter = Segmenter.Load(straight.File("boxes.onnx"));
        Assert.AreEqual(3, segmenter.Info.Classes.Count);
    }

    [TestMethod]
    public void ARunStartsFromItsRunAndItsModel()
    {
        using TemporaryFolder first = new(), second = new(), third = new();
        Run(Pipeline, first);
        ModelExport.Export(first.Path, first.File("boxes.onnx"));
        foreach ((string from, TemporaryFolder folder) in new[] { (first.Path, second), (first.File("boxes.onnx"), third) })
        {
            var notes = new List<string>();
            Run(Pipeline with { Training = Pipeline.Training with { StartFrom = from, Epochs = 1 } }, folder, progress: new Direct(step => notes.AddRange(step.Notes)));
            Assert.Contains(note => note.Contains("7 of 7 tensors taken", StringComparison.Ordinal), notes, string.Join(" | ", notes));
        }
    }

    [TestMethod]
    public void AFileNamesItAndItsMisspeltOptionIsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("p.json"), """
            { "name": "p", "classes": [ { "id": 0, "name": "a" }, { "id": 1, "name": "b" } ], "network": { "name": "two-layers", "options": { "width": 6 } } }
            """);
        using (var network = (TwoLayers)NetworkCatalog.Create(PipelineFile.Read(folder.File("p.json")).Network, 2))
        {
            Assert.AreEqual(6, network.get_parameter("features.conv.conv.weight")!.shape[0]);
        }
        Pipeline pipeline = PipelineFile.Read(folder.File("p.json"), settings: ["network.options.widht=4"]);
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(pipeline.Network, 2, pipeline.Source));
        Assert.Contains("unknown key \"widht\" in network.options; did you mean \"width\"?", fault.Message);
    }

    [TestMethod]
    public void TheSchemaKnowsItsOptions()
    {
        JsonNode network = JsonNode.Parse(NetworkCatalog.PipelineFileSchema())!["properties"]!["network"]!;
        Assert.Contains(Name, network["properties"]!["name"]!["enum"]!.AsArray().Select(name => (string)name!));
        JsonNode rule = network["allOf"]!.AsArray().Single(r => (string?)r!["if"]!["properties"]!["name"]!["const"] == Name)!;
        Assert.AreEqual(16, (int)rule["then"]!["properties"]!["options"]!["properties"]!["width"]!["default"]!);
    }

    [TestMethod]
    public void ANameIsGivenOnce()
    {
        var fault = Assert.ThrowsExactly<ArgumentException>(Register);
        Assert.Contains("\"two-layers\" already", fault.Message);
        Assert.ThrowsExactly<ArgumentException>(() => NetworkCatalog.Register("unet", (int classes, TwoLayersOptions o, int channels) => new TwoLayers(classes, o, channels)));
        Assert.ThrowsExactly<ArgumentException>(() => NetworkCatalog.Register(" ", (int classes, TwoLayersOptions o, int channels) => new TwoLayers(classes, o, channels)));
    }

    private static void Run(Pipeline pipeline, TemporaryFolder folder, TrainerOptions? options = null, IProgress<TrainingProgress>? progress = null) =>
        Trainer.Train(pipeline, BoxScenes.Source(6), BoxScenes.Source(2, seed: 2), folder.Path, options ?? OnCpu, progress);

    private sealed class Direct(Action<TrainingProgress> act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act(value);
    }
}
