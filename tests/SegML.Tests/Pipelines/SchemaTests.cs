using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SegML.Pipelines;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Training.Networks;

namespace SegML.Tests.Pipelines;

/// <summary>pipelines/pipeline.schema.json is generated from the option records; every file beside it names it and fits it.</summary>
[TestClass]
public sealed class SchemaTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "pipelines"), Committed = Path.Combine(Folder, "pipeline.schema.json");

    public static IEnumerable<object[]> Files => Directory.GetFiles(Folder, "*.json").Where(f => f != Committed).Order(StringComparer.Ordinal)
        .Select(f => new object[] { Path.GetFileName(f) });

    /// <summary>Set SEGML_UPDATE_SCHEMA=1 to write the file.</summary>
    [TestMethod]
    public void TheCommittedSchemaIsTheGeneratedOne()
    {
        if (Environment.GetEnvironmentVariable("SEGML_UPDATE_SCHEMA") == "1")
        {
            File.WriteAllText(Committed, NetworkCatalog.PipelineFileSchema());
        }
        Assert.AreEqual(NetworkCatalog.PipelineFileSchema(), File.ReadAllText(Committed), "Run this test with SEGML_UPDATE_SCHEMA=1 to write the schema.");
    }

    [TestMethod]
    public void EveryKeyIsDescribed()
    {
        var bare = new List<string>();
        Walk(Schema(), "");
        Assert.IsEmpty(bare, string.Join(", ", bare));

        void Walk(JsonNode? schema, string path)
        {
            foreach ((string key, JsonNode? property) in schema?["properties"]?.AsObject() ?? [])
            {
                if (key != "$schema" && property!["description"] is null)
                {
                    bare.Add(path + key);
                }
                Walk(property, $"{path}{key}.");
                Walk(property!["items"], $"{path}{key}[].");
                Walk(property["additionalProperties"] as JsonObject, $"{path}{key}.*.");
            }
            foreach (JsonNode? rule in schema?["allOf"] as JsonArray ?? [])
            {
                Walk(rule!["then"]!["properties"]!["options"], $"{path}options.");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void AFileBesideTheSchemaNamesItAndFitsIt(string file)
    {
        JsonNode pipeline = Parse(File.ReadAllText(Path.Combine(Folder, file)));
        Assert.AreEqual("./pipeline.schema.json", (string?)pipeline["$schema"]);
        string[] faults = [.. SchemaCheck.Faults(pipeline, Schema())];
        Assert.IsEmpty(faults, string.Join(", ", faults));
        Assert.AreEqual(Path.GetFileNameWithoutExtension(file), PipelineFile.Read(Path.Combine(Folder, file)).Name);
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void WhatIsWrittenOutInFullFitsToo(string file)
    {
        string[] faults = [.. SchemaCheck.Faults(Parse(PipelineFile.ToJson(PipelineFile.Read(Path.Combine(Folder, file)))), Schema())];
        Assert.IsEmpty(faults, string.Join(", ", faults));
    }

    [TestMethod]
    [DataRow("""{ "training": { "epoch": 3 } }""", ".training.epoch: unknown key")]
    [DataRow("""{ "training": { "optimizer": "adagrad" } }""", ".training.optimizer: not in enum")]
    [DataRow("""{ "training": { "classWeights": { "car": "much" } } }""", ".training.classWeights: fits none")]
    [DataRow("""{ "training": { "classWeights": "often" } }""", ".training.classWeights: fits none")]
    [DataRow("""{ "classes": [{ "id": 0, "name": "a", "color": "red" }] }""", ".classes[0].color: not ^#")]
    [DataRow("""{ "classes": [{ "id": 0, "name": "a", "from": [true] }] }""", ".classes[0].from[0]: not")]
    [DataRow("""{ "data": { "splits": { "val": { "masks": "a" } } } }""", ".data.splits.val: lacks images")]
    [DataRow("""{ "input": { "width": 4.5 } }""", ".input.width: not integer")]
    [DataRow("""{ "network": { "name": "fcn-lite" } }""", ".network.name: not in enum")]
    [DataRow("""{ "network": { "options": { "widht": 4 } } }""", ".network.options.widht: unknown key")]
    [DataRow("""{ "network": { "name": "unet", "options": { "blocks": [0, 0, 0, 0] } } }""", ".network.options.blocks: unknown key")]
    [DataRow("""{ "network": { "name": "fc-hardnet", "options": { "depth": "seventy" } } }""", ".network.options.depth: not integer")]
    [DataRow("""{ "network": { "name": "unet", "options": { "activation": "sine" } } }""", ".network.options.activation: not in enum")]
    public void WhatAFileMayNotHoldDoesNotFit(string part, string fault)
    {
        JsonObject pipeline = Parse(part).AsObject();
        pipeline["name"] = "a";
        string[] faults = [.. SchemaCheck.Faults(pipeline, Schema())];
        Assert.HasCount(1, faults, string.Join(", ", faults));
        Assert.StartsWith(fault, faults[0]);
    }

    [TestMethod]
    public void EveryNetworkTakesTheOptionsThatTheSchemaLists()
    {
        foreach (NetworkEntry network in NetworkCatalog.Networks)
        {
            JsonObject then = Schema()["properties"]!["network"]!["allOf"]!.AsArray()
                .Single(rule => (string?)rule!["if"]!["properties"]!["name"]!["const"] == network.Name)!["then"]!["properties"]!["options"]!.AsObject();
            CollectionAssert.AreEqual(network.OptionKeys.ToArray(), then["properties"]!.AsObject().Select(p => p.Key).ToArray());
        }
    }

    [TestMethod]
    public void TextsSpeakOfKeysNotOfCode()
    {
        string schema = NetworkCatalog.PipelineFileSchema();
        // Names of one part, such as Pipeline, are words too; those of papers, networks and formats are names of types as well.
        string[] words = ["DeepLab", "UNet", "LabelMe", "CrossEntropy"];
        string[] types = [.. new[] { typeof(Pipeline), typeof(NetworkCatalog) }.SelectMany(t => t.Assembly.GetTypes()).Select(t => t.Name)
            .Where(name => Regex.IsMatch(name, "^[A-Z][a-z]+[A-Z][A-Za-z]+$")).Except(words)];
        string[] found = [.. types.Where(name => Regex.IsMatch(schema, $@"\b{name}\b"))];
        Assert.IsEmpty(found, string.Join(", ", found));
        Assert.DoesNotContain("cref", schema);
        Assert.IsFalse(Regex.IsMatch(schema, @"\bNull\b|Default null"), "A file leaves keys out.");
    }

    [TestMethod]
    public void TheCommandWritesTheSchema()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(0, Segml.Run("data", "schema", "--out", folder.File("s.json")).Code);
        Assert.AreEqual(NetworkCatalog.PipelineFileSchema(), File.ReadAllText(folder.File("s.json")));
    }

    private static JsonObject Schema() => Parse(NetworkCatalog.PipelineFileSchema()).AsObject();

    private static JsonNode Parse(string json) =>
        JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
}
