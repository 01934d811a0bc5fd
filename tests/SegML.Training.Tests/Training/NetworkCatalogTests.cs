using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

[TestClass]
public sealed class NetworkCatalogTests
{
    [TestMethod]
    public void EveryNameMakesANetworkForGrayColourAndAlpha()
    {
        foreach (string name in NetworkCatalog.Names)
        {
            foreach (int channels in (int[])[1, 3, 4])
            {
                using SegmentationNetwork network = NetworkCatalog.Create(SmallNetworks.Of(name), 2, channels: channels);
                Assert.AreEqual(name, network.GetName());
                using Tensor logits = Evaluated(network).call(zeros(1, channels, 5, 7));
                CollectionAssert.AreEqual(new long[] { 1, 2, 5, 7 }, logits.shape);
            }
        }
    }

    [TestMethod]
    [DataRow("resnet", "{}", "fcn-light, fcn-small")]
    [DataRow("fcn-light", """{ "widht": 16 }""", "widht")]
    [DataRow("fcn-light", """{ "width": 2 }""", "width 2")]
    [DataRow("fcn-light", """{ "width": "wide" }""", "width")]
    [DataRow("unet", """{ "depth": 9 }""", "depth 9")]
    [DataRow("fcn", """{ "encoderDepth": 20 }""", "encoderDepth 20")]
    [DataRow("fcn", """{ "outputStride": 4 }""", "outputStride 4")]
    [DataRow("deeplabv3plus", """{ "headWidth": 4 }""", "headWidth 4")]
    [DataRow("erfnet", """{ "dropout": 1 }""", "dropout 1")]
    [DataRow("fc-hardnet", """{ "depth": 69 }""", "depth 69")]
    [DataRow("lmffnet", """{ "width": 12 }""", "width 12")]
    [DataRow("segformer", """{ "decoderWidth": 4 }""", "decoderWidth 4")]
    public void WhatANetworkDoesNotTakeIsAnError(string name, string options, string named)
    {
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => NetworkCatalog.Create(
            new NetworkOptions { Name = name, Options = (JsonObject)JsonNode.Parse(options)! }, 2, "street.json"));
        Assert.StartsWith("street.json", fault.Message);
        Assert.Contains(named, fault.Message);
    }

    [TestMethod]
    [DataRow("camvid", 11)]
    [DataRow("freespace", 2)]
    public void TheRepositorysPipelinesCanBeTrained(string name, int classes)
    {
        Pipeline pipeline = PipelineFile.Read(Path.Combine(Repository.Root, "pipelines", name + ".json"));
        Assert.AreEqual(name, pipeline.Name);
        Assert.AreEqual(classes, pipeline.Classes.Count);
        for (int value = 0; value < 12; value++)
        {
            Assert.IsTrue(pipeline.Classes.TryFromValue(value, out byte id));
            Assert.AreEqual(value == 11 ? pipeline.Classes.IgnoreIndex : name == "camvid" ? value : value == 3 ? 1 : 0, id);
        }
        using SegmentationNetwork network = NetworkCatalog.Create(pipeline.Network, classes, pipeline.Source);
        Assert.IsGreaterThan(0, network.parameters().Count());
    }

    private static SegmentationNetwork Evaluated(SegmentationNetwork network)
    {
        network.eval();
        return network;
    }
}
