using System.Text.Json.Nodes;
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

/// <summary>An encoder's weights come from elsewhere, stay or learn at a rate of their own.</summary>
[TestClass]
public sealed class EncoderTests
{
    private static readonly FcnOptions Small = new() { Width = 4 };

    [TestMethod]
    [DataRow(3)]
    [DataRow(4)]
    public void WeightsComeFromAnOnnxModelByName(int channels)
    {
        using var folder = new TemporaryFolder();
        using Fcn trained = Network(1), fresh = new(5, Small, channels);
        trained.eval();
        OnnxExporter.Export(trained, randn(1, 3, 40, 32), folder.File("net.onnx"), new OnnxExportOptions { FoldBatchNorm = false });
        int read = EncoderWeights.Load(fresh, folder.File("net.onnx"), new InputOptions(), "p.json").Tensors;
        AssertSame(trained, fresh, except: channels == 3 ? "" : "conv1.conv.weight");
        Assert.AreEqual(trained.Encoder!.named_parameters().Count() + trained.Encoder.named_buffers().Count(b => b.buffer.dtype == ScalarType.Float32) - (channels == 3 ? 0 : 1), read);
    }

    [TestMethod]
    [DataRow("encoder.", "")]
    [DataRow("", "")]
    [DataRow("", ".conv.")]
    public void WeightsComeFromACheckpointUnderOurNamesAndTorchvisions(string prefix, string dropped)
    {
        using var folder = new TemporaryFolder();
        using Fcn trained = Network(1), fresh = Network(2);
        TensorFile.Write(folder.File("net.dat"), [.. trained.Encoder!.state_dict().Select(p =>
            new KeyValuePair<string, Tensor>(prefix + (dropped.Length == 0 ? p.Key : p.Key.Replace(dropped, ".", StringComparison.Ordinal)), p.Value))]);
        EncoderWeights.Load(fresh, folder.File("net.dat"), new InputOptions(), "p.json");
        AssertSame(trained, fresh);
    }

    [TestMethod]
    public void WeightsOfAnotherEncoderChangeNothing()
    {
        using var folder = new TemporaryFolder();
        using Fcn wide = new(3, new FcnOptions { Width = 8 }), fresh = Network(2), before = Network(2);
        using var none = new UNet(3);
        TensorFile.Write(folder.File("net.dat"), wide.state_dict());
        File.WriteAllText(folder.File("net.onnx"), "no model");
        foreach (string file in (string[])["net.dat", "net.onnx", "nowhere"])
        {
            Assert.Contains(file, Assert.ThrowsExactly<ModelFormatException>(() => EncoderWeights.Load(fresh, folder.File(file), new InputOptions(), "p.json")).Message);
        }
        Assert.Contains("unet has no encoder", Assert.ThrowsExactly<PipelineFormatException>(() => EncoderWeights.Load(none, folder.File("net.dat"), new InputOptions(), "p.json")).Message);
        AssertSame(before, fresh);
    }

    [TestMethod]
    [DataRow(OptimizerKind.AdamW)]
    [DataRow(OptimizerKind.Sgd)]
    public void AFrozenEncoderStaysAndTheHeadLearns(OptimizerKind optimizer)
    {
        using TemporaryFolder first = new(), second = new();
        Train(first, t => t);
        Train(second, t => t with { Optimizer = optimizer, EncoderWeights = first.Path, FreezeEncoder = true });
        (double encoder, double head) = Moved(TensorFile.Read(first.File("best.dat")), TensorFile.Read(second.File("last.dat")), "network.");
        Assert.AreEqual(0, encoder);
        Assert.IsGreaterThan(0, head);
    }

    [TestMethod]
    public void TheEncoderHasALearningRateOfItsOwn()
    {
        using TemporaryFolder still = new(), slow = new(), whole = new();
        Train(still, t => t with { EncoderLearningRateFactor = 0, LearningRate = 1e-5 });
        Train(slow, t => t with { EncoderLearningRateFactor = 0.1, LearningRate = 1e-5 });
        Train(whole, t => t with { LearningRate = 1e-5 });
        Dictionary<string, Tensor> start = Weights(still);
        (double slowly, double head) = Moved(start, Weights(slow), "");
        (double wholly, _) = Moved(start, Weights(whole), "");
        Assert.AreEqual(0.1, slowly / wholly, 0.02);
        // The head starts at one rate in all three, and has seen all but the same encoder.
        Assert.IsLessThan(0.05 * wholly, head);

        static Dictionary<string, Tensor> Weights(TemporaryFolder folder) => TensorFile.Read(folder.File("last.dat"))
            .Where(p => p.Key.StartsWith("network.", StringComparison.Ordinal)).ToDictionary(p => p.Key["network.".Length..], p => p.Value);
    }

    [TestMethod]
    public void WhereItsWeightsCameFromIsInTheCardsAndTheModelAfterAResumeToo()
    {
        using TemporaryFolder folder = new(), run = new();
        using Fcn trained = Network(1);
        TensorFile.Write(folder.File("net.dat"), trained.Encoder!.state_dict());
        Train(run, t => t with { EncoderWeights = folder.File("net.dat") }, new TrainerOptions { Device = ComputeDevice.Cpu });
        Train(run, t => t with { EncoderWeights = folder.File("net.dat"), Epochs = 2 }, new TrainerOptions { Device = ComputeDevice.Cpu, Resume = true });
        ModelExport.Export(run.Path, run.File("net.onnx"));
        JsonObject origin = ModelInfo.Read(run.File("net.onnx")).Training!["encoderWeights"]!.AsObject();
        Assert.AreEqual(folder.File("net.dat"), (string)origin["source"]!);
        Assert.AreEqual(EncoderOrigin.HashOf(folder.File("net.dat")), (string)origin["sha256"]!);
        Assert.IsNull(origin["terms"]);
    }

    [TestMethod]
    public void ANetworkWithoutEncoderHasNothingToFreeze()
    {
        using var folder = new TemporaryFolder();
        Pipeline pipeline = BoxScenes.Pipeline with { Training = BoxScenes.Pipeline.Training with { FreezeEncoder = true } };
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => Trainer.Train(pipeline, BoxScenes.Source(4), null, folder.Path));
        Assert.Contains("fcn-light has no encoder", fault.Message);
    }

    private static Fcn Network(int seed)
    {
        manual_seed(seed);
        return new Fcn(3, Small);
    }

    private static void Train(TemporaryFolder folder, Func<TrainingOptions, TrainingOptions> change, TrainerOptions? options = null) => Trainer.Train(BoxScenes.Pipeline with
    {
        Network = new NetworkOptions { Name = "fcn", Options = new JsonObject { ["width"] = 4 } },
        Training = change(BoxScenes.Pipeline.Training with { Epochs = 1, WeightDecay = 0 }),
    }, BoxScenes.Source(9), BoxScenes.Source(2), folder.Path, options ?? new TrainerOptions { Device = ComputeDevice.Cpu });

    /// <summary>The mean change of weights (not of statistics) in the encoder, and outside of it.</summary>
    private static (double Encoder, double Head) Moved(Dictionary<string, Tensor> before, Dictionary<string, Tensor> after, string prefix)
    {
        ILookup<bool, double> moved = before.Where(p => p.Key.EndsWith("weight", StringComparison.Ordinal)).ToLookup(
            p => p.Key.StartsWith("encoder.", StringComparison.Ordinal), p => (double)(after[prefix + p.Key] - p.Value).abs().mean().item<float>());
        return (moved[true].Average(), moved[false].Average());
    }

    private static void AssertSame(Fcn expected, Fcn actual, string except = "")
    {
        Dictionary<string, Tensor> state = actual.Encoder!.state_dict();
        foreach ((string name, Tensor tensor) in expected.Encoder!.state_dict())
        {
            Assert.AreEqual(name != except, tensor.shape.SequenceEqual(state[name].shape) && tensor.equal(state[name]).all().item<bool>(), name);
        }
    }
}
