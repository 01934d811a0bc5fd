using System.Text.Json.Nodes;
using SegML.Onnx;
using SegML.Onnx.Protobuf;
using SegML.Pipelines;
using SegML.Tests.Images;
using SegML.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class DropoutTests
{
    public static IEnumerable<object[]> Names => NetworkCatalog.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ItIsThereWhileTrainingAlone(string name)
    {
        using SegmentationNetwork without = Create(name, 0), with = Create(name, 0.5);
        using var generator = new Generator(4, CPU);
        using Tensor image = randn([2, 3, 40, 48], generator: generator);
        using IDisposable noGradients = no_grad();
        without.eval();
        with.eval();
        TensorAssert.AreSame(without.call(image), with.call(image));
        without.train();
        with.train();
        Assert.IsTrue(Trained(without, image, 1).equal(Trained(without, image, 2)).all().item<bool>(), "without");
        Assert.IsFalse(Trained(with, image, 1).equal(Trained(with, image, 2)).all().item<bool>(), "with");
        Assert.IsTrue(Trained(with, image, 3).equal(Trained(with, image, 3)).all().item<bool>(), "one seed");
    }

    [TestMethod]
    public void AnExportHasNone()
    {
        using var folder = new TemporaryFolder();
        using SegmentationNetwork without = Create("unet", 0), with = Create("unet", 0.5);
        without.eval();
        with.eval();
        using Tensor image = ones(1, 3, 32, 32);
        OnnxExporter.Export(without, image, folder.File("without.onnx"));
        OnnxExporter.Export(with, image, folder.File("with.onnx"));
        CollectionAssert.AreEqual(Operators("without.onnx"), Operators("with.onnx"));

        string[] Operators(string file) => [.. ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.File(file))).Graph.Node.Select(n => n.OpType)];
    }

    [TestMethod]
    [DataRow(1.0)]
    [DataRow(-0.1)]
    public void AShareThatIsNoneIsAnError(double share) =>
        Assert.Contains("dropout", Assert.ThrowsExactly<PipelineFormatException>(() => Create("fcn-light", share)).Message);

    private static Tensor Trained(SegmentationNetwork network, Tensor image, int seed)
    {
        manual_seed(seed);
        return network.CoarseLogits(image);
    }

    private static SegmentationNetwork Create(string name, double dropout)
    {
        manual_seed(1);
        NetworkOptions small = SmallNetworks.Of(name);
        var options = (JsonObject)small.Options!.DeepClone();
        options["dropout"] = dropout;
        SegmentationNetwork network = NetworkCatalog.Create(small with { Options = options }, 4);
        using IDisposable noGradients = no_grad();
        foreach ((_, var scale) in network.named_parameters().Where(p => p.name.EndsWith("weight", StringComparison.Ordinal) && p.parameter.abs().max().item<float>() == 0))
        {
            // Residual branches that begin closed would hide what is dropped in them.
            scale.fill_(1);
        }
        return network;
    }
}
