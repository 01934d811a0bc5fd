using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Training.Networks;

namespace SegML.Tests.Training;

[TestClass]
public sealed class UNetTests : NetworkContract
{
    protected override NetworkOptions Options => new() { Name = "unet", Options = new JsonObject { ["width"] = 4, ["depth"] = 3 } };

    [TestMethod]
    public void WidthAndDepthDecideItsSize()
    {
        using UNet small = new(4, new UNetOptions { Width = 8, Depth = 2 }), wide = new(4, new UNetOptions { Width = 16, Depth = 2 }),
            deep = new(4, new UNetOptions { Width = 8, Depth = 3 });
        double size = small.parameters().Sum(p => p.numel());
        Assert.AreEqual(4, wide.parameters().Sum(p => p.numel()) / size, 0.2);
        Assert.AreEqual(4, deep.parameters().Sum(p => p.numel()) / size, 0.5);
    }
}
