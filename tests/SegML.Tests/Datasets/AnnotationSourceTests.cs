using System.Text.Json;
using System.Text.Json.Nodes;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Tests.Annotations;
using SegML.Tests.Cli;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Datasets;

/// <summary>Splits whose masks are drawn from annotations when they are read.</summary>
[TestClass]
public sealed class AnnotationSourceTests
{
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void Remove() => _folder.Dispose();

    [TestMethod]
    [DynamicData(nameof(SceneFiles.Formats), typeof(SceneFiles))]
    public void EveryFormatIsASource(string format)
    {
        string file = SceneFiles.Write(_folder, format);
        using SegmentationMask expected = AnnotationRasterizer.Draw(AnnotationFile.Read(file), TestMasks.Classes, TestMasks.Drawing);
        bool ofMany = AnnotationFile.Open(file).Format.HoldsManyImages;
        string source = ofMany ? Path.GetFileName(file) : "ann/a" + Path.GetExtension(file);
        Move(file, source);
        Image("img/a.png", SceneFiles.Width, SceneFiles.Height);
        DatasetItem item = Dataset.List(Read($$"""{ "splits": { "val": { "images": "img", "annotations": "{{(ofMany ? source : "ann")}}" } } }"""), "val").Single();
        Assert.IsTrue(item.IsAnnotated);
        Assert.AreEqual(_folder.File(source), item.MaskPath);
        using SegmentationMask mask = item.ReadMask(TestMasks.Classes);
        CollectionAssert.AreEqual(expected.Ids.ToArray(), mask.Ids.ToArray());
    }

    [TestMethod]
    public void NamesWithTheImagesExtensionAndInFoldersPairToo()
    {
        Image("img/day/a.jpg", SceneFiles.Width, SceneFiles.Height);
        Move(SceneFiles.Write(_folder, "supervisely"), "ann/day/a.jpg.json");
        Assert.HasCount(1, Survey("""{ "splits": { "val": { "images": "img", "annotations": "ann", "subfolders": true } } }""").Items);
        Coco(("day/a.jpg", 4, 3), ("night/a.jpg", 4, 3));
        DatasetListing listing = Survey("""{ "splits": { "val": { "images": "img", "annotations": "coco.json", "subfolders": true } } }""");
        Assert.HasCount(1, listing.Items);
        Assert.AreEqual($"{_folder.File("coco.json")} (night/a.jpg) has no image; add the image or remove the annotation", listing.Findings.Single().Message);
        Assert.IsFalse(listing.Findings.Single().IsError);
    }

    [TestMethod]
    public void ImagesOfOneFileAreReadInAnyOrderByManyThreads()
    {
        Coco([.. Enumerable.Range(0, 40).Select(i => ($"{i:00}.png", 4 + i, 3))]);
        foreach (int i in Enumerable.Range(0, 40))
        {
            Image($"img/{i:00}.png", 4 + i, 3);
        }
        const string Data = """{ "shares": { "images": "img", "annotations": "coco.json", "splits": { "train": 0.75, "val": 0.25 } } }""";
        DatasetItem[] items = [.. Survey(Data, "train").Items, .. Survey(Data).Items];
        Assert.HasCount(40, items);
        Parallel.ForEach(items.Reverse(), item =>
        {
            int number = int.Parse(Path.GetFileNameWithoutExtension(item.ImagePath), System.Globalization.CultureInfo.InvariantCulture);
            using SegmentationMask mask = item.ReadMask(TestMasks.Classes);
            // Each has a road as wide as its number.
            Assert.AreEqual((4 + number, number * 3), (mask.Width, mask.Ids.Count((byte)1)));
        });
    }

    [TestMethod]
    public void WhatDoesNotPairIsTold()
    {
        Coco(("a.png", 4, 3), ("sub/a.png", 4, 3));
        Image("img/a.png", 4, 3);
        Image("img/b.png", 4, 3);
        DatasetListing listing = Survey("""{ "splits": { "val": { "images": "img", "annotations": "coco.json" } } }""");
        CollectionAssert.AreEquivalent(
            new[]
            {
                $"{_folder.File("coco.json")} (sub/a.png) has no image; add the image or remove the annotation",
                $"{_folder.File("img/b.png")} has no annotation b in {_folder.File("coco.json")}; add the annotation or remove the image, or set data.unannotated to \"skip\" or \"unlabelled\"",
            }, listing.Findings.Select(f => f.Message).ToArray());
    }

    [TestMethod]
    public void ASourceThatCannotBeReadIsToldInOneLine()
    {
        Image("img/a.png", 4, 3);
        File.WriteAllText(_folder.File("coco.json"), """{ "images": [ { "id": 1 } ] }""");
        DatasetFinding finding = Survey("""{ "splits": { "val": { "images": "img", "annotations": "coco.json" } } }""").Findings.First();
        Assert.AreEqual(FindingKind.UnusableObject, finding.Kind);
        Assert.StartsWith(_folder.File("coco.json") + " has no images[0].file_name", finding.Message);
        File.WriteAllText(_folder.File("coco.json"), """{ "images": [ { "id": 1 """);
        finding = Survey("""{ "splits": { "val": { "images": "img", "annotations": "coco.json" } } }""").Findings.Single();
        Assert.AreEqual(FindingKind.BadSource, finding.Kind);
        Assert.StartsWith(_folder.File("coco.json") + " is not valid JSON", finding.Message);
        finding = Survey("""{ "splits": { "val": { "images": "img", "annotations": "none" } } }""").Findings.Single();
        Assert.StartsWith(_folder.File("none") + " is not a folder; annotations were expected there", finding.Message);
    }

    [TestMethod]
    public void TheCheckCountsDrawnPixelsAndFindsWhatIsWrong()
    {
        foreach (string name in (string[])["a", "b", "c", "d", "e", "f"])
        {
            Image($"img/{name}.png", 4, 3);
        }
        Annotate("a", "road", 4);
        Annotate("b", "tram", 4);
        Annotate("c", "Tram", 4);
        Annotate("d", "road", 5);
        Annotate("e", "void", 4);
        File.WriteAllText(_folder.File("ann/f.json"), "{");
        Pipeline pipeline = Read("""{ "splits": { "val": { "images": "img", "annotations": "ann" } } }""");
        DatasetReport report = DatasetCheck.Run(Dataset.List(pipeline, "val"), pipeline.Classes);
        Assert.AreEqual(24 + 3, report.ClassPixels[1]);
        DatasetFinding unknown = report.Findings.Single(f => f.Kind == FindingKind.UnknownName);
        Assert.AreEqual(2, unknown.Files);
        Assert.StartsWith($"{_folder.File("ann/b.json")} has the class \"tram\" (as 1 more image), not among the 4 classes", unknown.Message);
        CollectionAssert.AreEquivalent(
            new[] { FindingKind.UnknownName, FindingKind.SizeMismatch, FindingKind.IgnoredMask, FindingKind.UnreadableMask },
            report.Findings.Where(f => f.Kind != FindingKind.AbsentClass).Select(f => f.Kind).ToArray());

        Segml.Result result = Segml.Run("check", _folder.File("p.json"), "--html", _folder.File("check.html"));
        Assert.AreEqual(1, result.Code);
        Assert.Contains("has the class \"tram\"", result.Output);
        Segml.Fails(2, Segml.Run("train", _folder.File("p.json"), "--out", _folder.File("run")), "has no split \"train\"");
    }

    [TestMethod]
    public void EveryCommandTakesThem()
    {
        Image("img/a.png", SceneFiles.Width, SceneFiles.Height);
        Move(SceneFiles.Write(_folder, "labelme"), "ann/a.json");
        const string Split = """{ "images": "img", "annotations": "ann" }""";
        Read($$"""{ "splits": { "train": {{Split}}, "val": {{Split}} } }""",
            """, "network": { "options": { "width": 4 } }, "input": { "width": 64, "height": 48 }, "training": { "epochs": 1, "batchSize": 1 }""");
        string pipeline = _folder.File("p.json"), run = _folder.File("run");
        Succeeds("check", pipeline);
        Succeeds("data", "overlay", pipeline, "--out", _folder.File("look"));
        Succeeds("data", "augment", pipeline, "--out", _folder.File("look"));
        Succeeds("train", pipeline, "--out", run, "--device", "cpu", "--cache", _folder.File("cache"));
        JsonNode torch = JsonNode.Parse(Succeeds("evaluate", run, pipeline, "--device", "cpu", "--json"))!;
        Succeeds("export", run, "--out", _folder.File("m.onnx"));
        JsonNode onnx = JsonNode.Parse(Succeeds("evaluate", _folder.File("m.onnx"), pipeline, "--device", "cpu", "--json"))!;
        long pixels = SceneFiles.Width * SceneFiles.Height;
        foreach (JsonNode figures in (JsonNode[])[torch, onnx])
        {
            Assert.AreEqual(pixels, figures["confusionMatrix"]!.AsArray().Sum(row => row!.AsArray().Sum(n => (long)n!)));
        }
    }

    [TestMethod]
    [DataRow("""{ "images": "i" }""", "has neither \"masks\" nor \"annotations\" in data.splits.val")]
    [DataRow("""{ "images": "i", "masks": "m", "annotations": "a" }""", "has both \"masks\" and \"annotations\" in data.splits.val")]
    public void ASplitHasMasksOrAnnotations(string split, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<PipelineFormatException>(() => Read($$"""{ "splits": { "val": {{split}} } }""")).Message);

    private static string Succeeds(params string[] args)
    {
        Segml.Result result = Segml.Run(args);
        Assert.AreEqual(0, result.Code, $"{args[0]}: {result.Error}");
        return result.Output;
    }

    private DatasetListing Survey(string data, string split = "val") => Dataset.Survey(Read(data), split);

    private Pipeline Read(string data, string more = "") => _folder.ReadPipeline($$"""
        { "name": "p", "classes": [ { "id": 0, "name": "sky" }, { "id": 1, "name": "road" }, { "id": 2, "name": "car" }, { "id": 3, "name": "tree" } ],
          "ignore": { "from": [255, "void"] }, "data": {{data.TrimEnd()[..^1]}}, "unlabelled": "sky" }{{more}} }
        """);

    private void Image(string name, int width, int height) => _folder.WriteImage(name, width, height);

    /// <summary>A Supervisely file whose one object covers its image, 3 pixels high.</summary>
    private void Annotate(string name, string className, int width)
    {
        Directory.CreateDirectory(_folder.File("ann"));
        File.WriteAllText(_folder.File($"ann/{name}.json"), JsonSerializer.Serialize(new
        {
            size = new { width, height = 3 },
            objects = new[] { new { classTitle = className, geometryType = "rectangle", points = new { exterior = new[] { new[] { 0, 0 }, [width - 1, 2] }, interior = Array.Empty<int>() } } },
        }));
    }

    /// <summary>A COCO file whose images have a road of their number's width at the left.</summary>
    private void Coco(params (string Name, int Width, int Height)[] images) =>
        _folder.WriteCoco("road", images, i => i == 0 ? null : [0, 0, i, 0, i, images[i].Height, 0, images[i].Height]);

    private void Move(string file, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(to))!);
        if (file != _folder.File(to))
        {
            File.Move(file, _folder.File(to));
        }
    }
}
