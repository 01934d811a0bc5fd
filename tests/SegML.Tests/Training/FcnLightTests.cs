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
}
