using SegML.Onnx.Quantization;
using SegML.Onnx.Quantization.Calibration;

namespace SegML.Tests.Onnx.Quantization;

/// <summary>Scales, zero points, codes and ranges against their definitions, computed here in the plainest way.</summary>
[TestClass]
public sealed class QuantizationNumbersTests
{
    [TestMethod]
    [DataRow(-1.0, 3.0, 4.0 / 255, 64)]
    [DataRow(0.0, 2.55, 0.01, 0)]
    [DataRow(2.0, 5.1, 0.02, 0)]
    [DataRow(-5.1, -2.0, 0.02, 255)]
    [DataRow(0.0, 0.0, 1.0, 0)]
    [DataRow(-1e-40, 1e-40, 1.0, 0)]
    public void TheCodesCoverTheRangeAndZero(double min, double max, double scale, int zeroPoint)
    {
        QuantizationParameters parameters = QuantizationParameters.Covering(min, max);
        Assert.AreEqual((float)scale, parameters.Scale);
        Assert.AreEqual(zeroPoint, parameters.ZeroPoint);
    }

    [TestMethod]
    [DataRow(0, false, 127)]
    [DataRow(0, true, 63)]
    [DataRow(1, false, 127)]
    public void AWeightIsHalfAStepAwayAtMostInEachChannel(int axis, bool reduceRange, int limit)
    {
        var random = new Random(3);
        long[] dims = [5, 7, 3, 2];
        float[] values = [.. Enumerable.Range(0, 5 * 7 * 6).Select(i => (float)((random.NextDouble() - 0.5) * Math.Pow(10, Channel(i) - 3)))];
        (sbyte[] codes, float[] scales) = WeightQuantizer.Weight(values, dims, axis, null, reduceRange);

        for (int c = 0; c < dims[axis]; c++)
        {
            int[] members = [.. Enumerable.Range(0, values.Length).Where(i => Channel(i) == c)];
            Assert.AreEqual((float)((double)members.Max(i => Math.Abs(values[i])) / limit), scales[c]);
            Assert.AreEqual(limit, members.Max(i => Math.Abs((int)codes[i])));
            Assert.IsTrue(members.All(i => Math.Abs(codes[i] * (double)scales[c] - values[i]) <= scales[c] * 0.500001));
        }

        int Channel(int i) => axis == 0 ? i / 42 : i / 6 % 7;
    }

    [TestMethod]
    public void AChannelOfZerosHasAScaleAndABiasThatIsLargeForItsWeightFits()
    {
        float[] bias = [3, -2e6f, 0];
        double[] least = WeightQuantizer.LeastScales(bias, 0.01f);
        (sbyte[] codes, float[] scales) = WeightQuantizer.Weight([1, -0.5f, 1e-9f, 1e-9f, 0, 0], [3, 2], 0, least, reduceRange: false);
        float[] products = [.. scales.Select(s => s * 0.01f)];
        int[] codesOfBias = WeightQuantizer.Bias(bias, products);
        CollectionAssert.AreEqual(new sbyte[] { 127, -64, 0, 0, 0, 0 }, codes);
        Assert.AreEqual(1f, scales[2]);
        for (int c = 0; c < 3; c++)
        {
            Assert.AreEqual(bias[c], codesOfBias[c] * (double)products[c], Math.Abs(bias[c]) * 1e-6 + products[c]);
        }
    }

    [TestMethod]
    [DataRow(100.0)]
    [DataRow(99.9)]
    [DataRow(95.0)]
    public void APercentileIsThatOfTheSortedValues(double percent)
    {
        float[] values = Normal(20_000, seed: 5);
        var statistics = new ActivationStatistics(CalibrationMethod.Percentile, percent);
        Feed(statistics, values, feeds: 4);
        float[] sorted = [.. values.Order()];
        int cut = (int)(values.Length * (1 - percent / 100) / 2);
        double bin = (sorted[^1] - (double)sorted[0]) / Histogram.Bins;
        ValueRange range = statistics.Range();
        Assert.AreEqual(sorted[cut], range.Min, 1.01 * bin);
        Assert.AreEqual(sorted[^(1 + cut)], range.Max, 1.01 * bin);
    }

    [TestMethod]
    public void MinMaxTakesAllAndItsAverageTheMean()
    {
        float[][] feeds = [[-1, 0, 2], [-3, 1, 1], [0.5f, 6]];
        ActivationStatistics all = new(CalibrationMethod.MinMax, 0), mean = new(CalibrationMethod.AveragedMinMax, 0);
        foreach (float[] feed in feeds)
        {
            Assert.IsTrue(all.AddRange(feed) && mean.AddRange(feed));
        }
        Assert.AreEqual(new ValueRange(-3, 6), all.Range());
        Assert.AreEqual(new ValueRange(-3.5 / 3, 3), mean.Range());
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void AValueThatIsNotFiniteIsSeenWhereverItIs(float bad)
    {
        for (int place = 0; place < 70; place += 3)
        {
            float[] values = Normal(70, seed: 1);
            Assert.IsTrue(new ActivationStatistics(CalibrationMethod.MinMax, 0).AddRange(values));
            values[place] = bad;
            Assert.IsFalse(new ActivationStatistics(CalibrationMethod.MinMax, 0).AddRange(values));
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void TheEntropyThresholdIsThatOfTheLeastDivergence(bool rectified)
    {
        // A bulk and one far value, which is worth cutting.
        float[] values = [.. Normal(30_000, seed: 7), 7];
        if (rectified)
        {
            values = [.. values.Select(v => Math.Max(0, v))];
        }
        var statistics = new ActivationStatistics(CalibrationMethod.Entropy, 0);
        Feed(statistics, values, feeds: 3);
        double largest = values.Max(v => Math.Abs(v));
        double threshold = Threshold(values, largest, rectified ? 256 : 128);
        Assert.IsLessThan(0.9 * largest, threshold);
        Assert.AreEqual(Math.Max(values.Min(), -threshold), statistics.Range().Min, largest * 1e-6);
        Assert.AreEqual(Math.Min(values.Max(), threshold), statistics.Range().Max, largest * 1e-6);
    }

    [TestMethod]
    public void TheEntropyThresholdCutsNoMorePowerThanTheWholeRangeRounds()
    {
        // Some channels are much wider than the others, as depthwise convolutions have them.
        float[] values = [.. Normal(30_000, seed: 7).Select(v => Math.Max(0, v)), .. Normal(300, seed: 8).Select(v => Math.Max(0, 9 * v))];
        var statistics = new ActivationStatistics(CalibrationMethod.Entropy, 0);
        Feed(statistics, values, feeds: 3);
        double threshold = statistics.Range().Max, step = values.Max() / 256;
        Assert.IsLessThanOrEqualTo(values.Count(v => v > 0) * step * step / 12 * 1.01, values.Sum(v => Math.Pow(Math.Max(0, v - threshold), 2)));
    }

    // Straight from the definition: distributions as arrays, made anew for each candidate.
    private static double Threshold(float[] values, double largest, int levels)
    {
        var counts = new double[Histogram.Bins];
        foreach (float value in values.Where(v => v != 0))
        {
            counts[Math.Min(Histogram.Bins - 1, (int)(Math.Abs(value) * (float)(Histogram.Bins / largest)))]++;
        }
        int best = 0;
        double least = double.MaxValue;
        for (int kept = levels; kept <= counts.Length; kept++)
        {
            if (counts.Select((c, bin) => bin < kept ? 0 : c * Math.Pow(bin + 0.5 - kept, 2)).Sum() > counts.Sum() * Math.Pow((double)counts.Length / levels, 2) / 12)
            {
                continue;
            }
            double[] reference = counts[..kept], spread = new double[kept];
            reference[^1] += counts[kept..].Sum();
            for (int level = 0; level < levels; level++)
            {
                int[] bins = [.. Enumerable.Range(0, kept).Where(b => b >= (long)level * kept / levels && b < (long)(level + 1) * kept / levels)];
                int[] filled = [.. bins.Where(b => counts[b] > 0)];
                Array.ForEach(filled, b => spread[b] = bins.Sum(i => counts[i]) / filled.Length);
            }
            double all = reference.Sum(), inside = spread.Sum(), divergence = 0;
            for (int b = 0; b < kept; b++)
            {
                divergence += reference[b] == 0 ? 0 : reference[b] / all * Math.Log(reference[b] / all / (spread[b] == 0 ? 1e-6 : spread[b] / inside));
            }
            if (divergence <= least)
            {
                (least, best) = (divergence, kept);
            }
        }
        return largest * best / Histogram.Bins;
    }

    private static void Feed(ActivationStatistics statistics, float[] values, int feeds)
    {
        foreach (float[] feed in values.Chunk(values.Length / feeds + 1))
        {
            statistics.AddRange(feed);
        }
        foreach (float[] feed in values.Chunk(values.Length / feeds + 1))
        {
            statistics.AddHistogram(feed);
        }
    }

    private static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
