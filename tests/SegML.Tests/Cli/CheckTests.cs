using System.Net;
using System.Text.Json.Nodes;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Datasets;
using SegML.Tests.Images;
using SkiaSharp;

namespace SegML.Tests.Cli;

[TestClass]
public sealed class CheckTests
{
    private readonly TemporaryFolder _folder = new();
    private ClassSet _classes = null!;
    private string _pipeline = "";

    [TestInitialize]
    public void Draw()
    {
        _pipeline = _folder.File("street.json", """
            {
              "name": "street",
              "classes": [{ "id": 0, "name": "road" }, { "id": 1, "name": "car" }, { "id": 2, "name": "sky" }],
              "data": { "root": ".", "splits": {
                "train": { "images": "train", "masks": "trainmasks" },
                "val": { "images": "val", "masks": "valmasks" } } }
            }
            """u8);
        _classes = PipelineFile.Read(_pipeline).Classes;
        foreach ((string split, int first) in new[] { ("train", 0), ("val", 100) })
        {
            Directory.CreateDirectory(_folder.File(split));
            Directory.CreateDirectory(_folder.File(split + "masks"));
            for (int i = 0; i < 10; i++)
            {
                Save($"{split}/{i}.png", first + i);
                MaskFile.Write(_folder.File($"{split}masks/{i}.png"), BlockScene.Mask(_classes));
            }
        }
    }

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    public void SoundDataHasNoFindings()
    {
        Segml.Result result = Segml.Run("check", _pipeline, "--json");
        Assert.AreEqual(0, result.Code, result.Error);
        JsonNode report = JsonNode.Parse(result.Output)!;
        Assert.IsTrue((bool)report["sound"]!);
        Assert.IsEmpty(Findings(report));
        Assert.AreEqual(1, report["splits"]!["val"]!["classes"]!.AsArray().Sum(c => (double)c!["share"]!), 1e-12);
    }

    /// <summary>Ways to write a pipeline that training refuses, each with what names it: check says the same.</summary>
    [TestMethod]
    [DataRow("network.name", "\"fcn-lite\"", "network.name \"fcn-lite\"")]
    [DataRow("network.options", """{ "widht": 4 }""", "did you mean \"width\"")]
    [DataRow("network.options", """{ "width": 1000 }""", "width 1000")]
    [DataRow("input.bands", "[0, 1, 300000]", "input.bands")]
    [DataRow("training.optimizer", "\"adagrad\"", "\"adagrad\" for training.optimizer")]
    [DataRow("training.losses", """[{ "kind": "hinge" }]""", "\"hinge\" for training.losses[0].kind")]
    [DataRow("training.losses", "[]", "training.losses")]
    [DataRow("training.learningRate", "-1", "training.learningRate -1")]
    [DataRow("training.augmentation", """{ "scaleMax": 0.1 }""", "training.augmentation.scaleMax")]
    [DataRow("training.augmentation", """{ "rareShare": 0.5, "rareClasses": ["tram"] }""", "\"tram\" in training.augmentation.rareClasses")]
    [DataRow("training.classWeights", """{ "tram": 2 }""", "tram")]
    [DataRow("training.encoderWeights", "\"gone.onnx\"", "has no encoder")]
    [DataRow("training.startFrom", "\"gone.onnx\"", "gone.onnx")]
    [DataRow("training.startFrom", "\"street.json\"", "street.json")]
    [DataRow("training.freezeEncoder", "true", "has no encoder")]
    [DataRow("training.encoderLearningRateFactor", "0.1", "has no encoder")]
    [DataRow("training.monitor", "\"IoU tram\"", "IoU tram")]
    [DataRow("training.monitor", "\"IoU sky\"", "nothing occurs in the validation masks")]
    [DataRow("training.splits", """["trian"]""", "trian")]
    [DataRow("training", """{ "splits": ["train", "val"], "earlyStopping": { "patience": 5 } }""", "nothing to validate on")]
    [DataRow("training", """{ "batchSize": 1, "augmentation": { "cropWidth": 8, "cropHeight": 8 } }""", "batch norm sees one value")]
    public void WhateverTrainingRefusesIsFound(string key, string value, string named)
    {
        foreach (string mask in Directory.GetFiles(_folder.File("valmasks")))
        {
            var ids = new SegmentationMask(BlockScene.Width, BlockScene.Height, _classes);
            ids.Ids[..(ids.Ids.Length / 2)].Fill(1);
            MaskFile.Write(mask, ids);
        }
        JsonNode pipeline = JsonNode.Parse(File.ReadAllText(_pipeline))!, part = pipeline;
        string[] keys = key.Split('.');
        foreach (string parent in keys[..^1])
        {
            part = part[parent] ??= new JsonObject();
        }
        part[keys[^1]] = JsonNode.Parse(value);
        File.WriteAllText(_pipeline, pipeline.ToJsonString());

        Segml.Result train = Segml.Run("train", _pipeline, "--out", _folder.File("run"), "--device", "cpu"), check = Segml.Run("check", _pipeline, "--json");
        Assert.AreNotEqual(0, train.Code);
        Assert.Contains(named, train.Error);
        Assert.AreNotEqual(0, check.Code, check.Output);
        string[] found = check.Output.Length == 0 ? [check.Error] : [.. JsonNode.Parse(check.Output)!["training"]!.AsArray().Select(m => (string)m!)];
        Assert.Contains(message => message.Contains(named, StringComparison.Ordinal), found, string.Join(" | ", found));
    }

    [TestMethod]
    public void SeveralRefusalsAreListedAtOnce()
    {
        File.WriteAllText(_pipeline, File.ReadAllText(_pipeline).Replace("\"name\": \"street\",",
            """ "name": "street", "network": { "name": "fcn-lite" }, "training": { "earlyStopping": { "patience": 3 }, "splits": ["train", "val"] }, """, StringComparison.Ordinal));
        Segml.Result result = Segml.Run("check", _pipeline);
        Assert.AreEqual(1, result.Code);
        Assert.Contains("training refuses this: ", result.Output);
        Assert.Contains("fcn-lite", result.Output);
        Assert.Contains("nothing to validate on", result.Output);
    }

    [TestMethod]
    [DataRow("\"fit\": \"letterbox\"")]
    [DataRow("\"fit\": \"shortSide\"")]
    [DataRow("\"fit\": \"original\"")]
    [DataRow("\"filter\": \"triangle\"")]
    [DataRow("\"multiple\": 32")]
    public void RulesOfOtherToolsModelsAreNotTrainedBy(string rule)
    {
        File.WriteAllText(_pipeline, File.ReadAllText(_pipeline).Replace("\"name\": \"street\",", $"\"name\": \"street\", \"input\": {{ {rule} }},", StringComparison.Ordinal));
        Assert.Contains("that only models of other tools have", Segml.Run("check", _pipeline).Output);
        Segml.Fails(2, Segml.Run("train", _pipeline, "--out", _folder.File("run"), "--device", "cpu"), "that only models of other tools have");
    }

    [TestMethod]
    public void FindingsAreCountedByKindAndSplitAtTheEnd()
    {
        Delete("trainmasks/0.png", about: "train/0.png");
        Delete("trainmasks/1.png", about: "train/1.png");
        Delete("valmasks/0.png", about: "val/0.png");
        string output = Segml.Run("check", _pipeline, "--html", _folder.File("check.html")).Output;
        Assert.MatchesRegex(@"(?m)^by kind +train +val$", output);
        Assert.MatchesRegex(@"(?m)^fault +image without a mask or annotation +2 +1$", output);
        Assert.Contains("page: ", output);
    }

    [TestMethod]
    public void PlantedFaultsOfTwelveKindsAreAllFound()
    {
        var planted = new Dictionary<string, string>
        {
            ["missingMask"] = Delete("trainmasks/0.png", about: "train/0.png"),
            ["missingImage"] = Delete("train/1.png", about: "trainmasks/1.png"),
            ["doubleImage"] = Copy("train/2.png", "train/2.webp"),
            ["doubleMask"] = Copy("trainmasks/3.png", "trainmasks/3.PNG", about: "trainmasks/3.png"),
            ["unreadableImage"] = Truncate("train/4.png"),
            ["unreadableMask"] = Truncate("trainmasks/5.png"),
            ["sizeMismatch"] = SaveMask("trainmasks/6.png", new SegmentationMask(BlockScene.Width - 1, BlockScene.Height, _classes)),
            ["unknownValue"] = SaveMask("trainmasks/7.png", Filled(9)),
            ["unknownColor"] = Save("trainmasks/8.png", 8),
            ["ignoredMask"] = SaveMask("trainmasks/9.png", Filled(_classes.IgnoreIndex)),
            ["nearDuplicate"] = Recompress(108, "val/8.jpg"),
            ["absentClass"] = "class sky",
        };
        // The frame's first appearance is in the training split, as a larger JPEG is in the other.
        Save("train/10.png", 108);
        SaveMask("trainmasks/10.png", BlockScene.Mask(_classes));
        for (int i = 0; i < 10; i++)
        {
            SaveMask($"valmasks/{i}.png", Filled(1, i == 8 ? 3 : 1));
        }

        string page = _folder.File("check.html");
        Segml.Result json = Segml.Run("check", _pipeline, "--json", "--html", page), text = Segml.Run("check", _pipeline);

        Assert.AreEqual(1, json.Code);
        Assert.AreEqual(1, text.Code);
        JsonNode report = JsonNode.Parse(json.Output)!;
        Assert.IsFalse((bool)report["sound"]!);
        foreach ((string kind, string subject) in planted)
        {
            string[] found = [.. Findings(report).Where(f => (string)f["kind"]! == kind).Select(f => (string)f["message"]!)];
            Assert.IsTrue(found.Any(m => m.StartsWith(subject, StringComparison.Ordinal)), $"{kind}: {string.Join(" | ", found)}");
            Assert.Contains(found[0], text.Output);
            Assert.IsTrue(WebUtility.HtmlDecode(File.ReadAllText(page)).Contains(found[0], StringComparison.Ordinal), found[0]);
        }
        CollectionAssert.AreEquivalent(planted.Keys, Findings(report).Select(f => (string)f["kind"]!).Distinct().ToArray());
        Assert.HasCount(1, Findings(report).Where(f => (string)f["kind"]! == "nearDuplicate"));
    }

    [TestMethod]
    public void ThePageShowsFindingsAndContactSheets()
    {
        SaveMask("trainmasks/7.png", Filled(9));
        string page = _folder.File("check.html");
        Assert.AreEqual(1, Segml.Run("check", _pipeline, "--html", page).Code);
        string html = File.ReadAllText(page);
        Assert.Contains("Mask values of no class (error, 1)", html);
        // Image and mask of the finding, and ten thumbnails a split.
        Assert.AreEqual(2 + 20, html.Split("<img ").Length - 1);
        Assert.Contains("<figcaption>mask: 7.png</figcaption>", html);
    }

    [TestMethod]
    public void WarningsAloneAreNoFailure()
    {
        File.Delete(_folder.File("train/1.png"));
        Segml.Result result = Segml.Run("check", _pipeline);
        Assert.AreEqual(0, result.Code, result.Output);
        Assert.Contains("train: 9 images, 0 faults, 1 warning", result.Output);
        Assert.Contains("warning: " + _folder.File("trainmasks/1.png") + " has no image", result.Output);
    }

    [TestMethod]
    public void AFolderThatIsNotThereDoesNotKeepOtherSplitsFromBeingChecked()
    {
        Directory.Delete(_folder.File("trainmasks"), recursive: true);
        Truncate("val/3.png");
        Segml.Result result = Segml.Run("check", _pipeline, "--json");
        Assert.AreEqual(1, result.Code);
        CollectionAssert.IsSubsetOf(new[] { "badSource", "unreadableImage" }, Findings(JsonNode.Parse(result.Output)!).Select(f => (string)f["kind"]!).ToArray());
    }

    [TestMethod]
    public void CamVidsClassSharesAreThoseOfAnotherCount()
    {
        if (Repository.CamVid is not { } camVid)
        {
            Assert.Inconclusive("skipped: no shared/data/camvid beside the checkout");
            return;
        }
        Segml.Result result = Segml.Run("check", Path.Combine(Repository.Root, "pipelines/camvid.json"), "--data", camVid, "--json", "--split", "val");
        Assert.AreEqual(0, result.Code, result.Error);
        JsonNode split = JsonNode.Parse(result.Output)!["splits"]!["val"]!;
        long[] counts = new long[12];
        foreach (string file in Directory.GetFiles(Path.Combine(camVid, "valannot"), "*.png"))
        {
            // Skia keeps 8-bit grey as it is.
            using SKBitmap bitmap = SKBitmap.Decode(file);
            Assert.AreEqual(SKColorType.Gray8, bitmap.ColorType);
            for (int y = 0; y < bitmap.Height; y++)
            {
                foreach (byte value in bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, bitmap.Width))
                {
                    counts[value]++;
                }
            }
        }
        for (int id = 0; id < 11; id++)
        {
            JsonNode c = split["classes"]![id]!;
            Assert.AreEqual(counts[id], (long)c["pixels"]!);
            Assert.AreEqual((double)counts[id] / counts[..11].Sum(), (double)c["share"]!, 1e-12);
        }
        Assert.AreEqual(counts[11], (long)split["ignoredPixels"]!);
    }

    private static JsonNode[] Findings(JsonNode report) =>
        [.. report["splits"]!.AsObject().SelectMany(s => s.Value!["findings"]!.AsArray()).Select(f => f!)];

    private SegmentationMask Filled(byte id, int scale = 1) => new(BlockScene.Width * scale, BlockScene.Height * scale,
        [.. Enumerable.Repeat(id, BlockScene.Width * BlockScene.Height * scale * scale)], _classes);

    private string Save(string name, int seed)
    {
        using RgbaImage image = BlockScene.Image(seed);
        ImageFile.Write(_folder.File(name), image);
        return _folder.File(name);
    }

    private string SaveMask(string name, SegmentationMask mask)
    {
        MaskFile.Write(_folder.File(name), mask);
        return _folder.File(name);
    }

    /// <summary>A frame as a JPEG three times as large, in the place of the PNG of that name.</summary>
    private string Recompress(int seed, string name)
    {
        using RgbaImage image = BlockScene.Image(seed, scale: 3);
        File.Delete(_folder.File(Path.ChangeExtension(name, ".png")));
        return _folder.File(name, ImageFile.EncodeJpeg(image, 60));
    }

    private string Delete(string name, string about)
    {
        File.Delete(_folder.File(name));
        return _folder.File(about);
    }

    private string Copy(string from, string to, string? about = null)
    {
        File.Copy(_folder.File(from), _folder.File(to));
        return _folder.File(about ?? to);
    }

    private string Truncate(string name)
    {
        byte[] file = File.ReadAllBytes(_folder.File(name));
        return _folder.File(name, file.AsSpan(0, file.Length / 2));
    }
}
