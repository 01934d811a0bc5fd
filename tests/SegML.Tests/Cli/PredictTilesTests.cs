using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;
using SegML.Tests.Scoring;
using SegML.Tests.Tiles;

namespace SegML.Tests.Cli;

[TestClass]
public sealed class PredictTilesTests
{
    [TestMethod]
    public void OptionsOfScoringReachTheSegmenter()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.onnx", TileModels.UNet), image = folder.File("image.png");
        using (RgbaImage noise = TestImages.Noise(200, 150, seed: 1))
        {
            ImageFile.Write(image, noise);
        }
        Segml.Result result = Segml.Run("predict", model, image, "--out", folder.File("out"), "--tile-size", "144", "--flip",
            "--scales", "1,1.25", "--min-area", "20");
        Assert.AreEqual(0, result.Code, result.Error);
        using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions
        {
            Tiles = new TileOptions { Size = 144 },
            Flip = true,
            Scales = [1, 1.25],
            MinComponentArea = 20,
        });
        using SegmentationMask expected = segmenter.Predict(image);
        using SegmentationMask written = MaskFile.Read(Path.Combine(folder.File("out"), "image.png"), TestMasks.Classes);
        Assert.IsTrue(expected.Ids.SequenceEqual(written.Ids));
        Assert.IsTrue(File.Exists(Path.Combine(folder.File("out"), "image.overlay.jpg")));
    }

    [TestMethod]
    public void ProbabilitiesAndUncertaintyAreGreyPictures()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.onnx", TileModels.UNet), image = folder.File("image.png"), results = folder.File("out");
        using (RgbaImage noise = TestImages.Noise(64, 48, seed: 2))
        {
            ImageFile.Write(image, noise);
        }
        Segml.Result result = Segml.Run("predict", model, image, "--out", results, "--no-overlay", "--scores", "--uncertainty", "--device", "cpu", "--min-area", "20");
        Assert.AreEqual(0, result.Code, result.Error);
        using Segmenter segmenter = Segmenter.Load(model, new SegmenterOptions { Device = ComputeDevice.Cpu, MinComponentArea = 20 });
        using SegmentationMask mask = segmenter.Predict(image, out SegmentationScores scores);
        using (scores)
        {
            Assert.IsTrue(mask.Ids.SequenceEqual(MaskFile.Read(Path.Combine(results, "image.png"), TestMasks.Classes).Ids));
            string[] files = [.. Directory.GetFiles(Path.Combine(results, "image.scores")).Order(StringComparer.Ordinal)];
            Assert.HasCount(scores.Classes.Count, files);
            RawMask uncertainty = MaskFile.ReadRaw(Path.Combine(results, "image.uncertainty.png"));
            RawMask[] maps = [.. files.Select(f => MaskFile.ReadRaw(f))];
            using RgbaImage seen = ImageFile.Read(files[0]);
            for (int i = 0; i < 64 * 48; i++)
            {
                double entropy = 0;
                for (int c = 0; c < maps.Length; c++)
                {
                    double p = scores.Of(c)[i];
                    Assert.AreEqual(255 * p, maps[c][i], 0.51);
                    entropy -= p > 0 ? p * Math.Log(p) / Math.Log(maps.Length) : 0;
                }
                Assert.AreEqual(255 * entropy, uncertainty[i], 0.51);
                Assert.AreEqual(maps[0][i], seen.Pixels[4 * i], "as a viewer shows it");
            }
            Assert.StartsWith("00-", Path.GetFileName(files[0]));
        }
        // The results' folder can be scored again: maps are not taken for photos.
        Assert.Contains("1 image scored", Segml.Run("predict", model, results, "--out", folder.File("again"), "--no-overlay").Output);
    }

    [TestMethod]
    public void PredictionsBecomeAnnotationsThatDrawTheSameMasks()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.onnx", TileModels.UNet), image = folder.File("image.png"), coco = folder.File("out/annotations/annotations.json");
        using (RgbaImage noise = TestImages.Noise(64, 48, seed: 2))
        {
            ImageFile.Write(image, noise);
        }
        Segml.Result result = Segml.Run("predict", model, image, "--out", folder.File("out"), "--no-overlay", "--annotations", "coco");
        Assert.AreEqual(0, result.Code, result.Error);
        AnnotatedImage drafts = AnnotationFile.Read(coco);
        Assert.AreEqual("image.png", drafts.Name);
        Assert.IsTrue(MaskFile.Read(folder.File("out/image.png"), TestMasks.Classes).Ids.SequenceEqual(AnnotationRasterizer.Draw(drafts, TestMasks.Classes, TestMasks.Drawing).Ids));
    }

    [TestMethod]
    public void AnImageTooLargeForAnOverlayHasItsMask()
    {
        using var folder = new TemporaryFolder();
        string image = folder.File("wide.png"), results = folder.File("out");
        using (RgbaImage wide = TestImages.Gradient(66_000, 4))
        {
            ImageFile.Write(image, wide);
        }
        Segml.Result result = Segml.Run("predict", folder.File("model.onnx", TinyModel.Create()), image, "--out", results);
        Assert.AreEqual(0, result.Code, result.Error);
        StringAssert.Contains(result.Error, "wide.png is 66000x4, too large for an overlay; its mask is written");
        CollectionAssert.AreEqual(new[] { Path.Combine(results, "wide.png") }, Directory.GetFiles(results));
    }

    [TestMethod]
    [DataRow("--tile-overlap", "16", "--tile-overlap is given without tiles")]
    [DataRow("--scales", "0.1,1", "is not factors of 0.25 to 4")]
    [DataRow("--min-area", "-1", "--min-area -1 is not 0 to")]
    [DataRow("--tile-size", "16", "cannot be scored in tiles of 16 pixels")]
    public void WhatCannotBeIsOneLine(string option, string value, string fault)
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.onnx", TileModels.UNet);
        Segml.Fails(2, Segml.Run("predict", model, "image.png", "--out", folder.Path, option, value), fault);
    }
}
