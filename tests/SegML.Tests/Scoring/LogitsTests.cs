using SegML.Scoring;

namespace SegML.Tests.Scoring;

[TestClass]
public sealed class LogitsTests
{
    [TestMethod]
    [DataRow(1, 5, 7, 5, 7)]
    [DataRow(11, 9, 13, 9, 13)]
    [DataRow(2, 40, 37, 40, 37)]
    [DataRow(255, 6, 6, 6, 6)]
    [DataRow(11, 30, 40, 97, 121)]
    [DataRow(3, 16, 16, 32, 32)]
    [DataRow(5, 30, 40, 1, 1)]
    [DataRow(5, 33, 47, 16, 21)]
    [DataRow(5, 33, 20, 16, 61)]
    [DataRow(4, 1, 1, 5, 9)]
    [DataRow(4, 1, 8, 3, 2)]
    public void ArgMaxIsThatOfBilinearLogits(int classes, int height, int width, int outHeight, int outWidth)
    {
        var random = new Random(7);
        float[] logits = Smooth(random, classes, height, width);
        byte[] ids = new byte[outHeight * outWidth];
        Logits.ArgMax(logits, classes, height, width, ids, outHeight, outWidth);
        for (int y = 0; y < outHeight; y++)
        {
            for (int x = 0; x < outWidth; x++)
            {
                double[] values = [.. Enumerable.Range(0, classes).Select(c =>
                    Bilinear(logits.AsSpan(c * height * width, height * width), height, width, outHeight, outWidth, y, x))];
                double best = values.Max();
                // Where two classes tie to within float32's rounding, either is right.
                Assert.IsGreaterThan(best - 1e-4, values[ids[y * outWidth + x]], $"class at ({y}, {x})");
            }
        }
    }

    [TestMethod]
    [DataRow(4, 10, 4, 10)]
    [DataRow(4, 10, 8, 15)]
    public void FirstOfEqualsWins(int height, int width, int outHeight, int outWidth)
    {
        float[] logits = new float[3 * height * width];
        Array.Fill(logits, 1f, height * width, 2 * height * width);
        byte[] ids = new byte[outHeight * outWidth];
        Logits.ArgMax(logits, 3, height, width, ids, outHeight, outWidth);
        Assert.IsTrue(ids.All(id => id == 1));
    }

    [TestMethod]
    public void LengthsThatDoNotFitAreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => Logits.ArgMax(new float[11], 3, 2, 2, new byte[4], 2, 2));
        Assert.ThrowsExactly<ArgumentException>(() => Logits.ArgMax(new float[12], 3, 2, 2, new byte[5], 2, 2));
    }

    [TestMethod]
    public void SoftmaxGivesProbabilitiesEvenOfHugeLogits()
    {
        float[] logits = [1000, 0, -5, 1001, 0, -5, 999, 0, 700], scores = new float[9];
        Logits.Softmax(logits, 3, scores);
        for (int i = 0; i < 3; i++)
        {
            double[] column = [logits[i], logits[3 + i], logits[6 + i]];
            double sum = column.Sum(v => Math.Exp(v - column.Max()));
            for (int c = 0; c < 3; c++)
            {
                Assert.AreEqual(Math.Exp(column[c] - column.Max()) / sum, scores[3 * c + i], 1e-6);
            }
        }
        Logits.Softmax(logits, 3, logits);
        CollectionAssert.AreEqual(scores, logits);
        Assert.ThrowsExactly<ArgumentException>(() => Logits.Softmax(logits, 4, scores));
    }

    /// <summary>Regions of one class, as networks' outputs have them, so that cells of every kind occur.</summary>
    private static float[] Smooth(Random random, int classes, int height, int width)
    {
        float[] logits = new float[classes * height * width];
        for (int c = 0; c < classes; c++)
        {
            double fx = random.NextDouble(), fy = random.NextDouble(), phase = random.NextDouble() * 6;
            for (int i = 0; i < height * width; i++)
            {
                logits[c * height * width + i] = (float)(Math.Sin(fx * (i % width) + fy * (i / width) + phase) + 0.1 * random.NextDouble());
            }
        }
        return logits;
    }

    private static double Bilinear(ReadOnlySpan<float> plane, int height, int width, int outHeight, int outWidth, int y, int x)
    {
        double sy = Math.Clamp((y + 0.5) * height / outHeight - 0.5, 0, height - 1), sx = Math.Clamp((x + 0.5) * width / outWidth - 0.5, 0, width - 1);
        int y0 = (int)sy, x0 = (int)sx, y1 = Math.Min(y0 + 1, height - 1), x1 = Math.Min(x0 + 1, width - 1);
        double wy = sy - y0, wx = sx - x0;
        return (1 - wy) * ((1 - wx) * plane[y0 * width + x0] + wx * plane[y0 * width + x1])
            + wy * ((1 - wx) * plane[y1 * width + x0] + wx * plane[y1 * width + x1]);
    }
}
