using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class FcnLightTests : NetworkContract
{
    protected override NetworkOptions Options => new() { Name = "fcn-light", Options = new JsonObject { ["width"] = 4 } };

    [TestMethod]
    public void HasTheSizeThatItsDescriptionGives()
    {
        using var network = new FcnLight(11);
        Assert.AreEqual(1.23e6, network.parameters().Sum(p => p.numel()), 0.01e6);
    }
}
