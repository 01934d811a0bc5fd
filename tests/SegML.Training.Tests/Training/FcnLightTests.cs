using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class FcnLightTests : NetworkContract
{
    protected override NetworkOptions Options => new() { Name = "fcn-light", Options = new JsonObject { ["width"] = 4 } };

    [TestMethod]
    [DataRow("fcn-small", 0.31e6)]
    [DataRow("fcn-light", 1.23e6)]
    [DataRow("fcn-base", 4.92e6)]
    public void HasTheSizeThatItsDescriptionGives(string name, double size)
    {
        using SegmentationNetwork network = NetworkCatalog.Create(new NetworkOptions { Name = name }, 11);
        Assert.AreEqual(size, Size(network), 0.01e6);
    }

    [TestMethod]
    public void BlocksAreAddedWhereTheOptionsSay()
    {
        // A residual block of c channels has two 3x3 convolutions and two batch norms.
        static long Block(long c) => 2 * ((9 * c * c) + (2 * c));

        Assert.AreEqual(WithBlocks(0, 0, 0, 0) + (2 * Block(4)) + (3 * Block(8)) + Block(16) + (4 * Block(32)), WithBlocks(2, 3, 1, 4));

        static long WithBlocks(params int[] blocks)
        {
            var options = new JsonObject { ["width"] = 4, ["blocks"] = new JsonArray([.. blocks.Select(b => JsonValue.Create(b))]) };
            using SegmentationNetwork network = NetworkCatalog.Create(new NetworkOptions { Name = "fcn-light", Options = options }, 11);
            return network.parameters().Sum(p => p.numel());
        }
    }

    [TestMethod]
    public void ADecoderStrideThatWillNotDo()
    {
        var options = new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["decoderStride"] = 8 } };
        Assert.Contains("decoderStride 8 is not 2 or 4", Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(options, 11)).Message);
    }

    [TestMethod]
    [DataRow("[1, 2, 3]")]
    [DataRow("[0, 1, 2, 17]")]
    [DataRow("[0, 1, -2, 3]")]
    public void BlocksThatWillNotDo(string blocks)
    {
        var options = new NetworkOptions { Name = "fcn-light", Options = new JsonObject { ["blocks"] = JsonNode.Parse(blocks) } };
        PipelineFormatException e = Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(options, 11));
        Assert.Contains("four numbers from 0 to 16", e.Message);
    }
}

[TestClass]
public sealed class FcnLightWithBlocksTests : NetworkContract
{
    protected override NetworkOptions Options => new()
    {
        Name = "fcn-light",
        Options = new JsonObject { ["width"] = 4, ["blocks"] = new JsonArray(1, 2, 2, 4) },
    };
}

[TestClass]
public sealed class FcnLightAtAQuarterTests : NetworkContract
{
    protected override NetworkOptions Options => new()
    {
        Name = "fcn-light",
        Options = new JsonObject { ["width"] = 4, ["decoderStride"] = 4 },
    };
}
