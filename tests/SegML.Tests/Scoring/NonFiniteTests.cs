using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Cli;
using SegML.Tests.Images;

namespace SegML.Tests.Scoring;

/// <summary>A network that gives NaN or infinities, or one channel, gives no mask that anybody could believe.</summary>
[TestClass]
public sealed class NonFiniteTests
{
    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void RefusesThemOnEveryWayToScore(float weight)
    {
        byte[] model = TinyModel.Create(weight: weight);
        using RgbaImage image = TestImages.Gradient(90, 70);
        SegmenterOptions[] ways = [new(), new() { Flip = true }, new() { Scales = [0.5, 1] }, new() { Tiles = new TileOptions { Size = 32 } }, new() { BatchSize = 2 }];
        foreach (SegmenterOptions options in ways)
        {
            using Segmenter segmenter = Segmenter.Load(model, "street.onnx", options);
            foreach (Action score in (Action[])[() => segmenter.Predict(image), () => segmenter.Score(image), () => segmenter.Predict([image, image])])
            {
                ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(score);
                Assert.StartsWith("street.onnx gives logits that are not numbers (", e.Message);
                Assert.Contains("--allow-nan", e.Message);
            }
        }
    }

    [TestMethod]
    public void ScoresThemWhenAsked()
    {
        using RgbaImage image = TestImages.Gradient(9, 7);
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(weight: float.NaN), "street.onnx", new SegmenterOptions { AllowNonFinite = true });
        using SegmentationScores scores = segmenter.Score(image);
        Assert.IsTrue(FiniteLogits.AreFinite(scores.Values));
    }

    [TestMethod]
    public void NaNIsTheLeastLogitAndInfinitiesAreLarge()
    {
        float[] logits = [float.NaN, 1, float.NegativeInfinity, -2, float.PositiveInfinity, 5];
        Assert.AreEqual("1 NaN and 2 infinite of 6", FiniteLogits.Fault(logits));
        FiniteLogits.Clamp(logits);
        byte[] ids = new byte[2];
        Logits.ArgMax(logits, 3, 1, 2, ids, 1, 2);
        CollectionAssert.AreEqual(new byte[] { 2, 2 }, ids);
        Assert.IsNull(FiniteLogits.Fault(logits));
    }

    [TestMethod]
    public void SeesOneWhereverItIs()
    {
        for (int length = 1; length < 40; length++)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? float.MaxValue : float.MinValue)];
            Assert.IsTrue(FiniteLogits.AreFinite(values));
            for (int at = 0; at < length; at++)
            {
                float before = values[at];
                values[at] = at % 2 == 0 ? float.NaN : float.NegativeInfinity;
                Assert.IsFalse(FiniteLogits.AreFinite(values), $"{at} of {length}");
                values[at] = before;
            }
        }
    }

    [TestMethod]
    public void RefusesAModelOfOneClass()
    {
        ModelInfo one = TinyModel.Info with { Classes = new ClassSet([TinyModel.Classes.Classes[0]]) };
        ModelFormatException e = Assert.ThrowsExactly<ModelFormatException>(() => Segmenter.Load(TinyModel.Create(one, channels: 1), "u2net.onnx"));
        Assert.StartsWith("u2net.onnx has one class, \"red\", which every pixel would be", e.Message);
    }

    [TestMethod]
    public void PredictSkipsTheImageUnlessAllowed()
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("nan.onnx", TinyModel.Create(weight: float.NaN));
        using (RgbaImage image = TestImages.Gradient(20, 10))
        {
            ImageFile.Write(folder.File("a.png"), image);
        }
        Segml.Fails(2, Segml.Run("predict", model, folder.File("a.png"), "--out", folder.File("out")), "logits that are not numbers", "a.png");
        Assert.IsFalse(File.Exists(folder.File("out/a.png")));
        Segml.Result allowed = Segml.Run("predict", model, folder.File("a.png"), "--out", folder.File("out"), "--allow-nan");
        Assert.AreEqual(0, allowed.Code, allowed.Error);
    }
}
