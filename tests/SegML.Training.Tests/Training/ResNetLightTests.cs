using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class ResNetLightTests : NetworkContract
{
    protected override NetworkOptions Options => SmallNetworks.Of("resnet-light");

    [TestMethod]
    [DataRow(2.97e6, 0)]
    [DataRow(11.5e6, 2)]
    [DataRow(16.2e6, 3)]
    public void HasTheSizeThatItsDescriptionGives(double size, int lastBlocks)
    {
        using var network = new ResNetLight(11, new ResNetLightOptions { EncoderBlocks = [2, 2, 2, lastBlocks] });
        Assert.AreEqual(size, Size(network), size / 200);
    }

    [TestMethod]
    [DataRow(4, 0, 16)]
    [DataRow(2, 1, 32)]
    public void ScoresAtTheResolutionThatIsAskedFor(int stride, int lastBlocks, int rows)
    {
        using var network = new ResNetLight(3, new ResNetLightOptions { Width = 4, DecoderWidth = 6, DecoderStride = stride, EncoderBlocks = [1, 1, 1, lastBlocks] });
        network.eval();
        using Tensor logits = network.CoarseLogits(Images(1, 64, 64));
        CollectionAssert.AreEqual(new long[] { 1, 3, rows, rows }, logits.shape);
    }

    [TestMethod]
    [DataRow("""{ "encoderBlocks": [2, 0, 2, 2] }""")]
    [DataRow("""{ "encoderBlocks": [2, 2, 2] }""")]
    [DataRow("""{ "decoderStride": 3 }""")]
    [DataRow("""{ "decoderWidth": 3 }""")]
    public void RefusesWhatItCannotBe(string options) =>
        Assert.Contains("resnet-light does not take", Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(
            new NetworkOptions { Name = "resnet-light", Options = (JsonObject)JsonNode.Parse(options)! }, 3)).Message);

    [TestMethod]
    [DataRow("fcn")]
    [DataRow("deeplabv3plus")]
    public void OthersThatReadTheLastStageRefuseToLeaveItOut(string name) =>
        Assert.Contains("leave out the last stage", Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(
            new NetworkOptions { Name = name, Options = new JsonObject { ["encoderBlocks"] = new JsonArray(1, 1, 1, 0) } }, 3)).Message);
}

[TestClass]
public sealed class ResNetLightWithAllStagesTests : NetworkContract
{
    protected override NetworkOptions Options => new()
    {
        Name = "resnet-light",
        Options = new JsonObject { ["width"] = 4, ["decoderWidth"] = 12, ["decoderStride"] = 2, ["encoderBlocks"] = new JsonArray(1, 1, 1, 2) },
    };
}
