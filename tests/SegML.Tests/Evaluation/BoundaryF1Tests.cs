using CsCheck;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Tests.Annotations;

namespace SegML.Tests.Evaluation;

/// <summary>Boundary F1 against its definition, computed pixel by pixel.</summary>
[TestClass]
public sealed class BoundaryF1Tests
{
    private const double Tolerance = 1e-12;

    private static readonly ClassSet Classes =
        new([.. Enumerable.Range(0, 4).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);

    [TestMethod]
    public void EqualsTheDefinitionOnAnyMasks() => Property.Holds(Gen.Int[1, 80].Select(Gen.Int[1, 40], Gen.Int[1, 9], Gen.Int[0, 1_000_000]), values =>
    {
        (int width, int height, int grain, int seed) = values;
        var random = new Random(seed);
        var evaluator = new SegmentationEvaluator(Classes);
        var pairs = new List<(SegmentationMask Truth, SegmentationMask Predicted)>();
        for (int image = 0; image < 2; image++)
        {
            SegmentationMask truth = Patches(random, width, height, grain, ignored: true), predicted = Patches(random, width, height, grain, ignored: false);
            // Most of the prediction is right, so that there is something to match.
            for (int i = 0; i < truth.Ids.Length; i++)
            {
                predicted.Ids[i] = random.Next(8) > 0 && truth.Ids[i] < Classes.Count ? truth.Ids[i] : predicted.Ids[i];
            }
            evaluator.Add(truth, predicted);
            pairs.Add((truth, predicted));
        }
        SegmentationMetrics metrics = evaluator.ToMetrics();
        return Enumerable.Range(0, Classes.Count).All(c => Same(Slow(pairs, c), metrics.PerClassBoundaryF1[c]));
    }, 150);

    [TestMethod]
    [DataRow(1, 1.0)]
    [DataRow(2, 1.0)]
    [DataRow(3, 0.0)]
    public void AStraightBoundaryMayBeTwoPixelsOff(int shift, double expected)
    {
        SegmentationMetrics metrics = Evaluate(Halves(40, 9, 20), Halves(40, 9, 20 + shift));
        Assert.AreEqual(expected, metrics.PerClassBoundaryF1[0], Tolerance);
        Assert.AreEqual(expected, metrics.PerClassBoundaryF1[1], Tolerance);
        Assert.AreEqual(expected, metrics.BoundaryF1, Tolerance);
    }

    [TestMethod]
    public void DistanceIsEuclidean()
    {
        // A lone pixel moved by (2, 1), which a chessboard would call near; by (1, 1) it is.
        Assert.AreEqual(0, Evaluate(Dot(6, 6), Dot(8, 7)).PerClassBoundaryF1[1]);
        Assert.AreEqual(1, Evaluate(Dot(6, 6), Dot(7, 7)).PerClassBoundaryF1[1]);
    }

    [TestMethod]
    public void IgnoredPixelsAndTheImagesEdgeAreNoBoundary()
    {
        SegmentationMask truth = Halves(12, 6, 6), predicted = Halves(12, 6, 6);
        for (int y = 0; y < 6; y++)
        {
            truth.Ids[y * 12 + 5] = Classes.IgnoreIndex;
        }
        Assert.IsTrue(double.IsNaN(Evaluate(truth, predicted).BoundaryF1));
        Assert.AreEqual(1, Evaluate(predicted, predicted).BoundaryF1);
        Assert.IsTrue(double.IsNaN(Evaluate(Halves(12, 6, 0), Halves(12, 6, 0)).BoundaryF1));
    }

    [TestMethod]
    public void ABoundaryInOneMaskAloneIsZero()
    {
        SegmentationMetrics metrics = Evaluate(Halves(12, 6, 0), Halves(12, 6, 6));
        Assert.AreEqual(0, metrics.PerClassBoundaryF1[0]);
        Assert.AreEqual(0, metrics.PerClassBoundaryF1[1]);
        Assert.IsTrue(double.IsNaN(metrics.PerClassBoundaryF1[2]));
    }

    [TestMethod]
    public void EvaluatorsAddUpAndGoOn()
    {
        SegmentationEvaluator one = new(Classes), other = new(Classes), all = new(Classes);
        SegmentationMask a = Halves(12, 6, 6), b = Halves(12, 6, 9), c = Dot(6, 6);
        one.Add(a, b);
        SegmentationMetrics before = one.ToMetrics();
        string text = before.ToString();
        other.Add(c, c);
        one.Add(other);
        all.Add(a, b);
        all.Add(c, c);
        Assert.AreEqual(all.ToMetrics().ToJson().ToJsonString(), one.ToMetrics().ToJson().ToJsonString());
        Assert.AreEqual(text, before.ToString());
        Assert.AreEqual(72, Enumerable.Range(0, 4).Sum(before.ConfusionMatrix.Truth));
    }

    [TestMethod]
    public void MasksOfTwoSizesAreRefused() => Assert.ThrowsExactly<ArgumentException>(() => Evaluate(Halves(12, 6, 6), Halves(6, 12, 6)));

    private static SegmentationMetrics Evaluate(SegmentationMask truth, SegmentationMask predicted)
    {
        var evaluator = new SegmentationEvaluator(Classes);
        evaluator.Add(truth, predicted);
        return evaluator.ToMetrics();
    }

    private static double Slow(List<(SegmentationMask Truth, SegmentationMask Predicted)> pairs, int id)
    {
        double predicted = 0, predictedMatched = 0, truth = 0, truthMatched = 0;
        foreach ((SegmentationMask t, SegmentationMask p) in pairs)
        {
            List<(int X, int Y)> ofTruth = Boundary(t, t, id), ofPredicted = Boundary(p, t, id);
            truth += ofTruth.Count;
            predicted += ofPredicted.Count;
            truthMatched += ofTruth.Count(a => ofPredicted.Any(b => Near(a, b)));
            predictedMatched += ofPredicted.Count(a => ofTruth.Any(b => Near(a, b)));
        }
        double precision = predictedMatched / predicted, recall = truthMatched / truth;
        return predicted + truth == 0 ? double.NaN : predictedMatched == 0 ? 0 : 2 * precision * recall / (precision + recall);

        static bool Near((int X, int Y) a, (int X, int Y) b) => Math.Sqrt(Math.Pow(a.X - b.X, 2) + Math.Pow(a.Y - b.Y, 2)) <= 2;
    }

    private static List<(int X, int Y)> Boundary(SegmentationMask mask, SegmentationMask truth, int id)
    {
        var found = new List<(int, int)>();
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                (int X, int Y)[] beside = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
                if (Counts(x, y) && mask[x, y] == id && beside.Any(b => Counts(b.X, b.Y) && mask[b.X, b.Y] != id))
                {
                    found.Add((x, y));
                }
            }
        }
        return found;

        bool Counts(int x, int y) => x >= 0 && y >= 0 && x < mask.Width && y < mask.Height && truth[x, y] != Classes.IgnoreIndex;
    }

    private static bool Same(double a, double b) => (double.IsNaN(a) && double.IsNaN(b)) || Math.Abs(a - b) < Tolerance;

    private static SegmentationMask Patches(Random random, int width, int height, int grain, bool ignored)
    {
        var mask = new SegmentationMask(width, height, Classes);
        int across = width / grain + 1;
        byte[] patches = [.. Enumerable.Range(0, across * (height / grain + 1)).Select(_ =>
            ignored && random.Next(6) == 0 ? Classes.IgnoreIndex : (byte)random.Next(Classes.Count))];
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            mask.Ids[i] = patches[i / width / grain * across + i % width / grain];
        }
        return mask;
    }

    private static SegmentationMask Halves(int width, int height, int border)
    {
        var mask = new SegmentationMask(width, height, Classes);
        for (int i = 0; i < mask.Ids.Length; i++)
        {
            mask.Ids[i] = (byte)(i % width < border ? 0 : 1);
        }
        return mask;
    }

    private static SegmentationMask Dot(int x, int y)
    {
        var mask = new SegmentationMask(12, 12, Classes);
        mask.Ids[y * 12 + x] = 1;
        return mask;
    }
}
