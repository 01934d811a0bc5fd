using Google.Protobuf;
using SegML.Images;
using SegML.Masks;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;
using SegML.Scenes.Roads;
using SegML.Scoring;
using SegML.Tests.Images;

namespace SegML.Tests.Tiles;

[TestClass]
public sealed class TiledScoringTests
{
    [TestMethod]
    [DataRow(400, 320)]
    [DataRow(333, 257)]
    [DataRow(37, 900)]
    [DataRow(5, 5)]
    public void TilesEqualOnePassExactlyForANetworkWithoutGlobalPooling(int width, int height)
    {
        using RgbaImage image = TestImages.Noise(width, height, seed: 4);
        using Segmenter tiled = Load(TileModels.UNet, new TileOptions { Size = 144 });
        using Segmenter whole = Load(TileModels.UNet, new TileOptions { Size = 2048 });
        using SegmentationMask a = tiled.Predict(image), b = whole.Predict(image);
        Assert.IsTrue(a.Ids.SequenceEqual(b.Ids));
        Assert.IsGreaterThan(1, b.Shares().Count(s => s > 0), "one class alone would be equal anyway");
        using SegmentationScores c = tiled.Score(image), d = whole.Score(image);
        float most = 0;
        for (int i = 0; i < c.Values.Length; i++)
        {
            most = Math.Max(most, Math.Abs(c.Values[i] - d.Values[i]));
        }
        Assert.IsLessThan(1e-5f, most);
    }

    [TestMethod]
    public void OneTileIsTheNetworkOnTheImageAsItIs()
    {
        // Width and height are multiples of the stride; the untiled segmenter's reference size is the image's own.
        using RgbaImage image = TestImages.Noise(64, 48, seed: 5);
        using Segmenter tiled = Load(TileModels.UNet, new TileOptions { Size = 128 });
        using Segmenter plain = Segmenter.Load(TileModels.UNet, "random.onnx");
        using SegmentationMask a = tiled.Predict(image), b = plain.Predict(image);
        Assert.IsTrue(a.Ids.SequenceEqual(b.Ids));
    }

    [TestMethod]
    public void LessOverlapThanTheReceptiveFieldDoesShow()
    {
        using RgbaImage image = TestImages.Noise(400, 320, seed: 4);
        using Segmenter tiled = Load(TileModels.UNet, new TileOptions { Size = 64, Overlap = 0 });
        using Segmenter whole = Load(TileModels.UNet, new TileOptions { Size = 2048 });
        using SegmentationMask a = tiled.Predict(image), b = whole.Predict(image);
        Assert.IsFalse(a.Ids.SequenceEqual(b.Ids));
    }

    [TestMethod]
    public void ImagesUpToTheLimitAreScoredAsWithoutTiles()
    {
        using RgbaImage image = TestImages.Noise(100, 80, seed: 6), larger = TestImages.Noise(101, 80, seed: 6);
        using Segmenter tiled = Load(TileModels.UNet, new TileOptions { Size = 144, AbovePixels = 8000 });
        using Segmenter always = Load(TileModels.UNet, new TileOptions { Size = 144 });
        using Segmenter plain = Segmenter.Load(TileModels.UNet, "random.onnx");
        Assert.IsTrue(Ids(tiled, image).SequenceEqual(Ids(plain, image)));
        Assert.IsTrue(Ids(tiled, larger).SequenceEqual(Ids(always, larger)));
        using var folder = new TemporaryFolder();
        string path = folder.File("image.png");
        ImageFile.Write(path, image);
        using SegmentationMask mask = tiled.Predict(path);
        Assert.IsTrue(mask.Ids.SequenceEqual(Ids(plain, image)));
    }

    [TestMethod]
    [DataRow("png")]
    [DataRow("jpg")]
    public void AFileScoresAsTheImageInIt(string extension)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("image." + extension);
        using (RgbaImage image = TestImages.Gradient(300, 410))
        {
            ImageFile.Write(path, image);
        }
        using Segmenter tiled = Load(TileModels.UNet, new TileOptions { Size = 144 });
        using RgbaImage read = ImageFile.Read(path);
        using SegmentationMask mask = tiled.Predict(path);
        Assert.IsTrue(mask.Ids.SequenceEqual(Ids(tiled, read)));
    }

    [TestMethod]
    public void TilesKnowTheWholeImagesMeansWhereTheNetworkPoolsGlobally()
    {
        // With the overlap that its other layers need, nothing is left that a tile does not know.
        using Segmenter tiled = Load(TileModels.FcnLight, new TileOptions { Size = 704, Overlap = 672 });
        using Segmenter whole = Load(TileModels.FcnLight, new TileOptions { Size = 2048 });
        Assert.IsFalse(tiled.ReceptiveField.IsBounded);
        using RgbaImage image = TestImages.Noise(900, 730, seed: 4);
        using SegmentationScores a = tiled.Score(image), b = whole.Score(image);
        float most = 0;
        for (int i = 0; i < a.Values.Length; i++)
        {
            most = Math.Max(most, Math.Abs(a.Values[i] - b.Values[i]));
        }
        Assert.IsLessThan(1e-3f, most);
    }

    [TestMethod]
    public void AMeanThatDoesNotBelongToTheModelIsRefusedInOneLine()
    {
        ModelProto model = ModelFile.Unseal(ModelProto.Parser.ParseFrom(TileModels.FcnLight));
        StringStringEntryProto means = model.MetadataProps.Single(p => p.Key == "segml.globalMeans");
        means.Value = means.Value.Replace("\"stride\":16", "\"stride\":8", StringComparison.Ordinal);
        using RgbaImage image = TestImages.Noise(400, 320, seed: 4);
        using (Segmenter other = Load(model.ToByteArray(), new TileOptions { Size = 144 }))
        {
            Assert.StartsWith("random.onnx is not the network whose means its metadata names", Assert.ThrowsExactly<ModelFormatException>(() => other.Predict(image)).Message);
        }
        means.Value = means.Value.Replace("\"features\":\"", "\"features\":\"AAAA", StringComparison.Ordinal);
        using (Segmenter broken = Load(model.ToByteArray(), new TileOptions { Size = 144 }))
        {
            Assert.StartsWith("random.onnx is not the network whose means its metadata names", Assert.ThrowsExactly<ModelFormatException>(() => broken.Predict(image)).Message);
        }
    }

    [TestMethod]
    public void StockRuntimesSeeOneInputAndOneOutput()
    {
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(TileModels.FcnLight);
        CollectionAssert.AreEqual(new[] { "image" }, session.InputNames.ToArray());
        CollectionAssert.AreEqual(new[] { "logits" }, session.OutputNames.ToArray());
        Assert.IsEmpty(session.OverridableInitializerMetadata);
        Assert.IsTrue(session.ModelMetadata.CustomMetadataMap.ContainsKey("segml.globalMeans"));
    }

    [TestMethod]
    public void TilesOfTheCommittedModelAgreeWithOnePassOnDrawnRoads() =>
        CommittedModelAgrees([ScenePainter.Paint(SceneGenerator.Create(seed: 1, 0, 960, 720))], 0.98);

    [TestMethod]
    public void TilesOfTheCommittedModelAgreeWithOnePassOnCamVid()
    {
        if (Repository.CamVid is null)
        {
            Assert.Inconclusive("skipped: shared/data/camvid is not there");
        }
        string[] files = [.. Directory.GetFiles(Path.Combine(Repository.CamVid, "val")).Order(StringComparer.Ordinal)];
        CommittedModelAgrees(((string[])[files[0], files[files.Length / 2], files[^1]]).Select(file =>
        {
            using RgbaImage frame = ImageFile.Read(file);
            return ImageResizer.Resize(frame, 960, 720);
        }), 0.99);
    }

    private static void CommittedModelAgrees(IEnumerable<RgbaImage> images, double least)
    {
        string model = Path.Combine(Repository.Root, "onnx", "camvid-fcn-light.onnx");
        using Segmenter tiled = Segmenter.Load(model, new SegmenterOptions { Tiles = new TileOptions { Size = 512 } });
        using Segmenter whole = Segmenter.Load(model, new SegmenterOptions { Tiles = new TileOptions { Size = 2048 } });
        long same = 0, all = 0;
        foreach (RgbaImage each in images)
        {
            using RgbaImage image = each;
            byte[] a = Ids(tiled, image), b = Ids(whole, image);
            same += a.Zip(b).Count(pair => pair.First == pair.Second);
            all += a.Length;
        }
        Console.WriteLine($"{(double)same / all:P3} of pixels");
        Assert.IsGreaterThanOrEqualTo(least, (double)same / all);
    }

    [TestMethod]
    public void FilesAboveTheLimitNeedARaisedOne()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("image.png");
        using (RgbaImage image = TestImages.Gradient(300, 400))
        {
            ImageFile.Write(path, image);
        }
        using Segmenter low = Segmenter.Load(TileModels.UNet, "random.onnx",
            new SegmenterOptions { Tiles = new TileOptions { Size = 144 }, MaxPixels = 119_999 });
        var e = Assert.ThrowsExactly<ImageFormatException>(() => low.Predict(path));
        Assert.Contains("above the limit of 119999", e.Message);
    }

    private static Segmenter Load(byte[] model, TileOptions tiles) =>
        Segmenter.Load(model, "random.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Tiles = tiles });

    private static byte[] Ids(Segmenter segmenter, RgbaImage image)
    {
        using SegmentationMask mask = segmenter.Predict(image);
        return mask.Ids.ToArray();
    }
}
