using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Pipelines;

[TestClass]
public sealed class TrainingOptionsTests
{
    private const string Bare = """{ "name": "p", "classes": [ { "id": 0, "name": "a" } ] }""";

    [TestMethod]
    public void EveryValueOfTrainingCanBeSet()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, Bare);
        string all = PipelineFile.ToJson(PipelineFile.Read(path));
        string[] settings = [.. Values("training", JsonNode.Parse(all)!["training"]!)];
        Assert.IsGreaterThan(50, settings.Length);
        Assert.Contains("training.schedule.kind=\"poly\"", settings);
        Assert.AreEqual(all, PipelineFile.ToJson(PipelineFile.Read(path, settings: settings)));

        static IEnumerable<string> Values(string path, JsonNode node) => node is JsonObject parts
            ? parts.Where(p => p.Value is not null).SelectMany(p => Values($"{path}.{p.Key}", p.Value!))
            : [$"{path}={node.ToJsonString()}"];
    }

    [TestMethod]
    [DataRow("accumulate", "0")]
    [DataRow("momentum", "1")]
    [DataRow("beta1", "1")]
    [DataRow("beta2", "-0.1")]
    [DataRow("epsilon", "0")]
    [DataRow("rmspropAlpha", "1")]
    [DataRow("clipNorm", "-1")]
    [DataRow("auxiliaryFactor", "11")]
    [DataRow("schedule.power", "-1")]
    [DataRow("schedule.end", "1.5")]
    [DataRow("schedule.stepEpochs", "0")]
    [DataRow("schedule.stepFactor", "0")]
    [DataRow("schedule.riseShare", "0")]
    [DataRow("schedule.start", "2")]
    [DataRow("precision", "fp8")]
    [DataRow("augmentation.growFrom", "0.01")]
    [DataRow("augmentation.growShare", "1.5")]
    public void AValueOutOfItsRangeIsRefusedByName(string key, string value)
    {
        using var folder = new TemporaryFolder();
        var fault = Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(Write(folder, Bare), settings: [$"training.{key}={value}"]));
        Assert.Contains($"training.{key}", fault.Message);
        Assert.Contains(value, fault.Message);
    }

    private static string Write(TemporaryFolder folder, string json)
    {
        File.WriteAllText(folder.File("p.json"), json);
        return folder.File("p.json");
    }
}
