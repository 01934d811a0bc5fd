using SegML.Images;
using SegML.Onnx;
using SegML.Onnx.Rewriting;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Tiles;
using SegML.Training.Networks;

namespace SegML.Tests.Onnx;

/// <summary>Several models in one file: the mean of their probabilities.</summary>
[TestClass]
public sealed class OnnxEnsembleTests
{
    [TestMethod]
    [DataRow(null)]
    [DataRow(144)]
    public void TheEnsembleGivesTheMeanOfItsMembers(int? tile)
    {
        using var folder = new TemporaryFolder();
        byte[][] members = [TileModels.UNet, TileModels.Export(new UNet(4, new UNetOptions { Width = 8, Depth = 2 })), TileModels.FcnLight];
        // A mean over the whole image is not for tiles of it.
        members = tile is null ? members : members[..2];
        string[] files = [.. members.Select((m, i) => folder.File($"{i}.onnx", m))];
        string path = folder.File("ensemble.onnx");
        OnnxEnsembleReport report = OnnxEnsemble.Merge(files, path, new Dictionary<string, string> { ["segml.name"] = "all" }, [[1, 3, 48, 64], [2, 3, 33, 47]]);
        Assert.AreEqual(members.Length, report.Members);
        Assert.IsLessThan(OnnxEnsemble.Tolerance, report.MaxDifference);

        var options = new SegmenterOptions { Device = ComputeDevice.Cpu, Tiles = tile is { } size ? new TileOptions { Size = size } : null };
        using RgbaImage image = TestImages.Noise(200, 150, seed: 5);
        using Segmenter ensemble = Segmenter.Load(path, options);
        Assert.AreEqual("all", ensemble.Info.Name);
        using SegmentationScores mean = ensemble.Score(image);
        double[] expected = new double[mean.Values.Length];
        float unlike = 0;
        foreach (string file in files)
        {
            using Segmenter single = Segmenter.Load(file, options);
            using SegmentationScores scores = single.Score(image);
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] += scores.Values[i] / files.Length;
                unlike = Math.Max(unlike, Math.Abs(scores.Values[i] - mean.Values[i]));
            }
        }
        Assert.IsGreaterThan(0.02f, unlike, "members that agree would be their own mean");
        // Scores at the image's size are the softmax of enlarged logits; of tiles and at the network's own size both are the same.
        for (int i = 0; i < expected.Length && tile is not null; i++)
        {
            Assert.AreEqual(expected[i], mean.Values[i], 1e-5);
        }
    }

    [TestMethod]
    public void ModelsThatDoNotFitAreRefused()
    {
        using var folder = new TemporaryFolder();
        string a = folder.File("a.onnx", TileModels.UNet), b = folder.File("b.onnx", TileModels.Export(new UNet(5, new UNetOptions { Width = 4, Depth = 2 })));
        OnnxExportException e = Assert.ThrowsExactly<OnnxExportException>(() => OnnxEnsemble.Merge([a, b], folder.File("c.onnx")));
        Assert.Contains("another input, output or opset", e.Message);
        Assert.IsFalse(File.Exists(folder.File("c.onnx")));
    }
}
