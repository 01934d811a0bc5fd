using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Pipelines;
using SegML.Tests.Images;

namespace SegML.Tests.Pipelines;

[TestClass]
public sealed class TrainingOptionsTests
{
    // Keys that stand in no file by default.
    private static readonly string[] Unset = ["startFrom", "encoderWeights", "encoderLearningRateFactor", "earlyStopping", "teacher", "monitor"];

    private const string Bare = """{ "name": "p", "classes": [ { "id": 0, "name": "a" } ] }""";

    [TestMethod]
    public void EveryValueOfTrainingCanBeSet()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, Bare);
        JsonObject before = Read(path);
        (string Key, JsonNode? Value)[] values = [.. Values("training", before["training"]!), .. Unset.Select(key => ($"training.{key}", (JsonNode?)null))];
        Assert.IsGreaterThan(55, values.Length);
        CollectionAssert.AreEquivalent(PipelineJson.Options.GetTypeInfo(typeof(TrainingOptions)).Properties.Where(IsPublic).Select(p => p.Name).ToArray(),
            values.Select(v => v.Key.Split('.')[1]).Distinct().ToArray());
        foreach ((string key, JsonNode? value) in values)
        {
            Assert.IsTrue(Others(value).Any(other => Sets(key, value, other)), $"{key} cannot be set to another value than {value?.ToJsonString()}");
        }

        bool Sets(string key, JsonNode? value, string other)
        {
            try
            {
                JsonObject after = Read(path, $"{key}={other}");
                JsonNode set = Part(after, key, out JsonObject parent)!;
                bool isSet = set.ToJsonString().Contains(other.Trim('[', ']', '{', '}'), StringComparison.Ordinal) && set.ToJsonString() != value?.ToJsonString();
                // Apart from it, nothing has changed.
                parent.Remove(key.Split('.')[^1]);
                JsonObject rest = (JsonObject)before.DeepClone();
                Part(rest, key, out parent);
                parent.Remove(key.Split('.')[^1]);
                return isSet && JsonNode.DeepEquals(after, rest);
            }
            catch (PipelineFormatException)
            {
                return false;
            }
        }

        static bool IsPublic(System.Text.Json.Serialization.Metadata.JsonPropertyInfo property) =>
            property.AttributeProvider is System.Reflection.PropertyInfo { GetMethod.IsPublic: true };
    }

    [TestMethod]
    [DataRow("momentum", "0.95", "training.muon.momentum")]
    [DataRow("nesterov", "true", "training.sgd.nesterov")]
    [DataRow("beta2", "0.99", "training.adam.beta2")]
    [DataRow("epsilon", "1e-7", "training.adam.epsilon or training.rmsprop.epsilon")]
    [DataRow("rmspropAlpha", "0.9", "training.rmsprop.alpha")]
    public void AKeyThatHasMovedNamesItsPlace(string key, string value, string place)
    {
        using var folder = new TemporaryFolder();
        string file = Write(folder, $$"""{ "name": "p", "classes": [ { "id": 0, "name": "a" } ], "training": { "{{key}}": {{value}} } }""");
        Assert.Contains(place, Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(file)).Message);
        Assert.Contains(place, Assert.ThrowsExactly<PipelineFormatException>(() => PipelineFile.Read(Write(folder, Bare), settings: [$"training.{key}={value}"])).Message);
    }

    [TestMethod]
    [DataRow("accumulate", "0")]
    [DataRow("muon.momentum", "1")]
    [DataRow("sgd.momentum", "1")]
    [DataRow("rmsprop.momentum", "-1")]
    [DataRow("adam.beta1", "1")]
    [DataRow("adam.beta2", "-0.1")]
    [DataRow("adam.epsilon", "0")]
    [DataRow("rmsprop.epsilon", "2")]
    [DataRow("rmsprop.alpha", "1")]
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

    private static JsonObject Read(string path, params string[] settings) =>
        (JsonObject)JsonNode.Parse(PipelineFile.ToJson(PipelineFile.Read(path, settings: settings)))!;

    private static JsonNode? Part(JsonObject root, string key, out JsonObject parent)
    {
        string[] keys = key.Split('.');
        parent = keys[..^1].Aggregate(root, (node, part) => node[part]!.AsObject());
        return parent[keys[^1]];
    }

    private static IEnumerable<(string, JsonNode?)> Values(string path, JsonNode node) => node is JsonObject parts
        ? parts.Where(p => p.Value is not null).SelectMany(p => Values($"{path}.{p.Key}", p.Value!))
        : [(path, node)];

    /// <summary>Values of the same kind, of which one is in the option's range.</summary>
    private static IEnumerable<string> Others(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Number => new[] { (double)value! + 1, (double)value! / 2, 0.5, 0.25, 0.125 }.Select(n => n.ToString(CultureInfo.InvariantCulture)),
        JsonValueKind.True => ["false"],
        JsonValueKind.False => ["true"],
        JsonValueKind.Array => ["[\"val\"]", "[\"a\"]", "[{\"kind\":\"dice\"}]"],
        JsonValueKind.String => typeof(TrainingOptions).Assembly.GetTypes().Where(t => t is { IsEnum: true, IsPublic: true })
            .SelectMany(t => Enum.GetValues(t).Cast<object>().Select(v => JsonSerializer.Serialize(v, t, PipelineJson.Options))),
        _ => ["\"loss\"", "0.5", "\"a.onnx\"", "{\"patience\":7}", "{\"models\":[\"a.onnx\"]}"],
    };

    private static string Write(TemporaryFolder folder, string json)
    {
        File.WriteAllText(folder.File("p.json"), json);
        return folder.File("p.json");
    }
}
