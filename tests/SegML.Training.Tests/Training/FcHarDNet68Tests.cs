using System.Text.Json.Nodes;
using SegML.Pipelines;

namespace SegML.Tests.Training;

/// <summary>The networks of the paper itself are built otherwise than FC-HarDNet-70.</summary>
[TestClass]
public sealed class FcHarDNet68Tests : NetworkContract
{
    protected override NetworkOptions Options => new() { Name = "fc-hardnet", Options = new JsonObject { ["depth"] = 68 } };
}
