using SegML.Images;
using SegML.Masks;
using SegML.Scoring;
using SegML.Tests.Images;
using SegML.Tests.Masks;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class SegmentationScoresTests
{
    [TestMethod]
    public void ProbabilitiesThatNoArrayHoldsAreRefusedBeforeTheNetworkRuns()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("scan.png", TestPng.Claiming(40_000, 20_000));
        using Segmenter tiled = Segmenter.Load(TinyModel.Create(), "tiny.onnx",
            new SegmenterOptions { Tiles = new TileOptions(), MaxPixels = long.MaxValue });
        var e = Assert.ThrowsExactly<ImageFormatException>(() => tiled.Score(path));
        Assert.AreEqual($"{path} is 40000x20000: the probabilities of 3 classes are 2400000000 numbers, above the limit of 2147483591; "
            + "ask for the mask alone, or cut the image into parts", e.Message);

        var classes = new ClassSet([.. Enumerable.Range(0, 250).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);
        using Segmenter whole = Segmenter.Load(TinyModel.Create(TinyModel.Info with { Classes = classes }, channels: 250), "tiny.onnx");
        using RgbaImage image = TestImages.Gradient(3000, 3000);
        e = Assert.ThrowsExactly<ImageFormatException>(() => whole.Score(image));
        StringAssert.StartsWith(e.Message, "the image is 3000x3000: the probabilities of 250 classes are 2250000000 numbers");
        using SegmentationMask mask = whole.Predict(image);
        Assert.AreEqual((3000, 3000), (mask.Width, mask.Height));
    }

    [TestMethod]
    public void AMaskThatNoArrayHoldsIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("map.png", TestPng.Claiming(50_000, 50_000));
        using Segmenter tiled = Segmenter.Load(TinyModel.Create(), "tiny.onnx",
            new SegmenterOptions { Tiles = new TileOptions(), MaxPixels = long.MaxValue });
        var e = Assert.ThrowsExactly<ImageFormatException>(() => tiled.Predict(path));
        Assert.AreEqual($"{path} is 50000x50000, 2500000000 pixels, and a mask has at most 2147483591; cut it into parts", e.Message);
    }

    [TestMethod]
    public void AnImageThatIsTooLargeToBeHeldWholeIsForTiles()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("scan.png", TestPng.Claiming(40_000, 20_000));
        using Segmenter whole = Segmenter.Load(TinyModel.Create(), "tiny.onnx", new SegmenterOptions { MaxPixels = long.MaxValue });
        var e = Assert.ThrowsExactly<ImageFormatException>(() => whole.Predict(path));
        Assert.AreEqual($"{path} is 40000x20000, 800000000 pixels, above the 536870897 that can be held whole; score it in tiles, or scale it down", e.Message);
    }

    [TestMethod]
    [DataRow(5, 7, 5, 7)]
    [DataRow(30, 40, 97, 121)]
    [DataRow(33, 47, 16, 21)]
    [DataRow(1, 1, 3, 20)]
    public void ProbabilitiesAreTheSoftmaxOfBilinearLogits(int height, int width, int outHeight, int outWidth)
    {
        const int classes = 4;
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, classes * height * width).Select(_ => 20 * random.NextSingle() - 10)];
        float[] scores = new float[classes * outHeight * outWidth];
        Logits.Softmax(logits, classes, height, width, scores, outHeight, outWidth);
        for (int i = 0; i < outHeight * outWidth; i++)
        {
            double[] values = [.. Enumerable.Range(0, classes).Select(c =>
                Bilinear(logits.AsSpan(c * height * width, height * width), height, width, (i / outWidth + 0.5) * height / outHeight - 0.5, (i % outWidth + 0.5) * width / outWidth - 0.5))];
            double sum = values.Sum(Math.Exp);
            for (int c = 0; c < classes; c++)
            {
                Assert.AreEqual(Math.Exp(values[c]) / sum, scores[c * outHeight * outWidth + i], 2e-5);
            }
        }
        Assert.ThrowsExactly<ArgumentException>(() => Logits.Softmax(logits, classes, height, width, scores[1..], outHeight, outWidth));
    }

    [TestMethod]
    public void TheirArgMaxIsThePredictedMask()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(stride: 2), "tiny.onnx", new SegmenterOptions { Device = ComputeDevice.Cpu, Threads = 1 });
        using var image = new RgbaImage(211, 150);
        new Random(5).NextBytes(image.Pixels);
        using SegmentationMask mask = segmenter.Predict(image);
        using SegmentationScores scores = segmenter.Score(image);
        using SegmentationMask fromScores = scores.ToMask();
        Assert.AreEqual((211, 150, 3), (scores.Width, scores.Height, scores.Classes.Count));
        Assert.AreEqual(3 * 211 * 150, scores.Values.Length);
        int differ = 0;
        for (int y = 0; y < 150; y++)
        {
            for (int x = 0; x < 211; x++)
            {
                float best = Math.Max(scores[0, x, y], Math.Max(scores[1, x, y], scores[2, x, y]));
                Assert.AreEqual(1f, scores[0, x, y] + scores[1, x, y] + scores[2, x, y], 1e-5f);
                Assert.IsGreaterThan(best - 1e-6f, scores[mask[x, y], x, y]);
                differ += mask[x, y] == fromScores[x, y] ? 0 : 1;
            }
        }
        Assert.IsLessThan(4, differ, "only ties to within rounding may differ");
        Assert.AreEqual(scores[2, 7, 9], scores.Of(2)[9 * 211 + 7]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scores.Of(3).Length);
    }

    [TestMethod]
    public void DisposedScoresSaySo()
    {
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        using RgbaImage image = Stripes.Draw(20, 20);
        SegmentationScores scores = segmenter.Score(image);
        scores.Dispose();
        scores.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => scores.Values.Length);
        Assert.ThrowsExactly<ObjectDisposedException>(() => scores.ToMask());
    }

    private static double Bilinear(ReadOnlySpan<float> plane, int height, int width, double y, double x)
    {
        (y, x) = (Math.Clamp(y, 0, height - 1), Math.Clamp(x, 0, width - 1));
        int y0 = (int)y, x0 = (int)x, y1 = Math.Min(y0 + 1, height - 1), x1 = Math.Min(x0 + 1, width - 1);
        return (1 - y + y0) * ((1 - x + x0) * plane[y0 * width + x0] + (x - x0) * plane[y0 * width + x1])
            + (y - y0) * ((1 - x + x0) * plane[y1 * width + x0] + (x - x0) * plane[y1 * width + x1]);
    }
}
