using System.Globalization;
using System.Text.Json.Nodes;
using SegML.Colors;
using SegML.Masks;
using SegML.Onnx;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Training;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Runs;
using SegML.Training.Starting;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>training.startFrom: from runs, checkpoints and exported models, with other classes, colours and sizes.</summary>
[TestClass]
public sealed class StartFromTests
{
    private static readonly TrainerOptions OnCpu = new() { Device = ComputeDevice.Cpu };
    private static TemporaryFolder s_folder = null!;
    private static TrainingResult s_run = null!;

    private static string RunFolderPath => s_folder.File("run");

    private static string ModelPath => s_folder.File("boxes.onnx");

    // Every other one, and those that SEGML_EVERY_NETWORK asks for.
    public static IEnumerable<object[]> EveryNetwork => NetworkCatalog.Names
        .Where((name, i) => i % 2 == 1 || Asked.For("SEGML_EVERY_NETWORK", name)).Select(name => new object[] { name });

    [ClassInitialize]
    public static void TrainOnce(TestContext _)
    {
        s_folder = new TemporaryFolder();
        s_run = Trainer.Train(With(t => t with { Epochs = 12, ValidateEvery = 12, Ema = 0.9 }), BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), RunFolderPath, OnCpu);
        ModelExport.Export(RunFolderPath, ModelPath);
    }

    [ClassCleanup]
    public static void Delete() => s_folder.Dispose();

    [TestMethod]
    [DataRow("run")]
    [DataRow("boxes.onnx")]
    [DataRow("run/best.dat")]
    [DataRow("run/last.dat")]
    public void BeforeItsFirstStepTheNetworkIsWorthWhatItStartsFrom(string start)
    {
        (IReadOnlyList<string> notes, double firstLoss) = Start(With(t => t with { Epochs = 1, StartFrom = s_folder.File(start) }));
        string all = State(BoxScenes.Pipeline).ToString(CultureInfo.InvariantCulture);
        Assert.Contains($"{all} of {all} tensors taken", notes[0]);
        Assert.DoesNotContain("not:", notes[0]);
        double worth = double.Parse(notes.Single(n => n.Contains("before the first step", StringComparison.Ordinal)).Split(' ')[3], CultureInfo.InvariantCulture);
        Assert.AreEqual(s_run.BestMeanIoU, worth, 0.0005);
        // It also computes in training what it computes in evaluation: a batch norm without its own statistics would not.
        double learnt = Losses(RunFolderPath)[^1], random = Losses(RunFolderPath)[0];
        Assert.IsLessThan(learnt + 0.3 * (random - learnt), firstLoss);
    }

    [TestMethod]
    [DynamicData(nameof(EveryNetwork))]
    public void EveryNetworkStartsFromItsExportedModel(string name)
    {
        using var folder = new TemporaryFolder();
        NetworkOptions options = SmallNetworks.Of(name);
        using SegmentationNetwork first = Create(options, 1), second = Create(options, 2);
        SmallNetworks.Settle(first);
        using Tensor image = randn([1, 3, 40, 56]);
        OnnxExporter.Export(first, image, folder.File("net.onnx"), new OnnxExportOptions { RelativeTolerance = 1e-3, MinArgmaxAgreement = 0.99, VerifyShapes = [] });
        StartingPoint start = StartingPoint.Apply(second, BoxScenes.Pipeline with { Network = options }, folder.File("net.onnx"));
        Assert.DoesNotContain("not:", start.Notes[0]);
        Assert.IsFalse(start.HeadIsNew);
        AssertClose(first, second, image);
    }

    [TestMethod]
    public void TheScoresOfAClassGoWhereItsNameIs()
    {
        var classes = new ClassSet([Class(0, "box"), Class(1, "water"), Class(2, "Sky")]);
        Pipeline pipeline = BoxScenes.Pipeline with { Classes = classes };
        using SegmentationNetwork before = RunFolder.ReadBest(RunFolderPath, BoxScenes.Pipeline), after = Create(pipeline.Network, 2);
        StartingPoint start = StartingPoint.Apply(after, pipeline, RunFolderPath);
        Assert.Contains("head.conv.weight (2 of 3 classes), head.conv.bias (2 of 3 classes)", start.Notes[0]);
        Assert.IsFalse(start.HeadIsNew);
        using Tensor image = randn([1, 3, 32, 40]);
        after.eval();
        using Tensor old = before.call(image), now = after.call(image);
        TensorAssert.AreSame(old[0, 2], now[0, 0]);
        TensorAssert.AreSame(old[0, 0], now[0, 2]);
    }

    [TestMethod]
    public void ClassesOfOtherNamesBeginAnew()
    {
        var classes = new ClassSet([Class(0, "cell"), Class(1, "membrane")]);
        Pipeline pipeline = BoxScenes.Pipeline with { Classes = classes };
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, 2);
        StartingPoint start = StartingPoint.Apply(network, pipeline, RunFolderPath);
        Assert.IsTrue(start.HeadIsNew);
        Assert.Contains("0 of 2 classes", start.Notes[0]);
    }

    [TestMethod]
    public void TheOtherOrderOfColoursComputesTheSame()
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Input = BoxScenes.Pipeline.Input with { ColorSpace = ColorSpace.Bgr } };
        using SegmentationNetwork rgb = RunFolder.ReadBest(RunFolderPath, BoxScenes.Pipeline), bgr = Create(pipeline.Network, 2);
        Assert.HasCount(1, StartingPoint.Apply(bgr, pipeline, RunFolderPath).Notes);
        bgr.eval();
        using Tensor image = randn([1, 3, 32, 40]), turned = image.flip(1);
        using Tensor expected = rgb.call(image), actual = bgr.call(turned);
        Assert.IsTrue(expected.allclose(actual, rtol: 1e-4, atol: 1e-5));
    }

    [TestMethod]
    public void GreyTakesTheSumOfTheColours()
    {
        Pipeline pipeline = BoxScenes.Pipeline with { Input = BoxScenes.Pipeline.Input with { ColorSpace = ColorSpace.Gray601 } };
        using SegmentationNetwork rgb = RunFolder.ReadBest(RunFolderPath, BoxScenes.Pipeline), grey = NetworkCatalog.Create(pipeline.Network, 3, channels: 1);
        StartingPoint start = StartingPoint.Apply(grey, pipeline, RunFolderPath);
        Assert.DoesNotContain("not:", start.Notes[0]);
        grey.eval();
        using Tensor image = randn([1, 1, 32, 40]), colours = image.expand(1, 3, 32, 40);
        using Tensor expected = rgb.call(colours), actual = grey.call(image);
        Assert.IsTrue(expected.allclose(actual, rtol: 1e-4, atol: 1e-5));
    }

    [TestMethod]
    public void WeightsOfAnotherWidthAreRefused()
    {
        Pipeline wider = With(t => t with { Epochs = 1, StartFrom = RunFolderPath }) with
        {
            Network = new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["width"] = 6 } },
        };
        var fault = Assert.ThrowsExactly<ModelFormatException>(() => Start(wider));
        Assert.Contains("""holds no weights that fit the network fcn-light {"width":6}: they are of fcn-light {"width":4}""", fault.Message);
    }

    [TestMethod]
    public void AModelOfEightBitsIsRefused()
    {
        var fault = Assert.ThrowsExactly<ModelFormatException>(() =>
            StartingWeights.Read(Path.Combine(Repository.Root, "onnx", "camvid-fcn-light-int8.onnx")));
        Assert.Contains("8-bit weights", fault.Message);
    }

    [TestMethod]
    public void AShippedModelLendsAllItsWeightsToItsOwnPipeline()
    {
        Pipeline pipeline = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", "camvid.json"));
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count);
        StartingPoint start = StartingPoint.Apply(network, pipeline, Path.Combine(Repository.Root, "onnx", "camvid-fcn-light.onnx"));
        Assert.DoesNotContain("not:", start.Notes[0]);
        Assert.HasCount(1, start.Notes);
    }

    /// <summary>The freespace model's classes were merged from CamVid's at its export.</summary>
    [TestMethod]
    public void AModelOfMergedClassesLendsTheScoresOfItsMembers()
    {
        Pipeline pipeline = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", "camvid.json"));
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count);
        StartingPoint start = StartingPoint.Apply(network, pipeline, Path.Combine(Repository.Root, "onnx", "freespace-fcn-light.onnx"));
        Assert.DoesNotContain("not:", start.Notes[0]);
    }

    private static Pipeline With(Func<TrainingOptions, TrainingOptions> change) => BoxScenes.Pipeline with { Training = change(BoxScenes.Pipeline.Training) };

    private static SegmentationClass Class(int id, string name) => new() { Id = id, Name = name, Color = default };

    private static SegmentationNetwork Create(NetworkOptions options, int seed)
    {
        manual_seed(seed);
        return NetworkCatalog.Create(options, BoxScenes.Classes.Count);
    }

    private static int State(Pipeline pipeline)
    {
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, pipeline.Classes.Count);
        return network.state_dict().Count(p => p.Value.is_floating_point());
    }

    private static double[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(run, "log.csv")).Skip(1).Select(line => double.Parse(line.Split(',')[3], CultureInfo.InvariantCulture))];

    private static void AssertClose(SegmentationNetwork first, SegmentationNetwork second, Tensor image)
    {
        using IDisposable noGradients = no_grad();
        first.eval();
        second.eval();
        using Tensor expected = first.call(image), actual = second.call(image);
        double scale = expected.abs().max().item<float>(), difference = (expected - actual).abs().max().item<float>();
        Assert.IsLessThan(1e-3 * scale, difference);
    }

    private static (IReadOnlyList<string> Notes, double FirstLoss) Start(Pipeline pipeline)
    {
        using var folder = new TemporaryFolder();
        TrainingProgress? first = null;
        Trainer.Train(pipeline, BoxScenes.Source(9), BoxScenes.Source(4, seed: 2), folder.Path, OnCpu, new First(report => first ??= report));
        return (first!.Notes, first.Loss);
    }

    private sealed class First(Action<TrainingProgress> note) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => note(value);
    }
}
