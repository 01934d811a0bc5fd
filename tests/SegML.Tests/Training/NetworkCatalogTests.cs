using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class NetworkCatalogTests
{
    [TestMethod]
    public void EveryNameMakesANetwork()
    {
        foreach (string name in NetworkCatalog.Names)
        {
            using SegmentationNetwork network = NetworkCatalog.Create(new NetworkOptions { Name = name }, 2);
            Assert.AreEqual(name, network.GetName());
        }
    }

    [TestMethod]
    [DataRow("resnet", "{}", "fcn-light, unet")]
    [DataRow("fcn-light", """{ "widht": 16 }""", "widht")]
    [DataRow("fcn-light", """{ "width": 2 }""", "width 2")]
    [DataRow("fcn-light", """{ "width": "wide" }""", "width")]
    [DataRow("unet", """{ "depth": 9 }""", "depth 9")]
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
}
