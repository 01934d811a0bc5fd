using System.Text.Json.Nodes;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;

namespace SegML.Tests.Evaluation;

/// <summary>Hausdorff 95, surface Dice and objects, against computations by brute force.</summary>
[TestClass]
public sealed class ObjectFiguresTests
{
    private static readonly ClassSet Classes = new(
    [
        new SegmentationClass { Id = 0, Name = "back", Color = new Rgb(0, 0, 0) },
        new SegmentationClass { Id = 1, Name = "one", Color = new Rgb(255, 0, 0) },
        new SegmentationClass { Id = 2, Name = "two", Color = new Rgb(0, 255, 0) },
    ]);

    [TestMethod]
    public void RandomMasksHaveTheFiguresOfBruteForce()
    {
        var random = new Random(11);
        var evaluator = new SegmentationEvaluator(Classes);
        var halves = (new SegmentationEvaluator(Classes), new SegmentationEvaluator(Classes));
        var expected = new Expected(Classes.Count);
        for (int image = 0; image < 30; image++)
        {
            int width = random.Next(1, 40), height = random.Next(1, 30);
            using SegmentationMask truth = Blobs(random, width, height, ignores: true), predicted = Blobs(random, width, height, ignores: false);
            evaluator.Add(truth, predicted);
            (image % 2 == 0 ? halves.Item1 : halves.Item2).Add(truth, predicted);
            expected.Add(truth, predicted);
        }
        halves.Item1.Add(halves.Item2);
        foreach (SegmentationMetrics metrics in (SegmentationMetrics[])[evaluator.ToMetrics(), halves.Item1.ToMetrics()])
        {
            for (int c = 0; c < Classes.Count; c++)
            {
                Assert.AreEqual(expected.Hausdorff[c] / expected.Images[c], metrics.PerClassHausdorff95[c], 1e-9);
                Assert.AreEqual(expected.Dice[c] / expected.Images[c], metrics.PerClassSurfaceDice[c], 1e-9);
                Assert.AreEqual((double)expected.Matched[c] / expected.Predicted[c], metrics.PerClassInstancePrecision[c], 1e-12);
                Assert.AreEqual((double)expected.Matched[c] / expected.True[c], metrics.PerClassInstanceRecall[c], 1e-12);
                Assert.IsGreaterThan(10, expected.Matched[c], "matches are tested");
            }
            Assert.AreEqual(metrics.PerClassHausdorff95.Average(), metrics.Hausdorff95, 1e-9);
        }
    }

    [TestMethod]
    public void AMissedObjectCountsAsWorst()
    {
        using SegmentationMask truth = Mask(30, 40), empty = Mask(30, 40);
        Box(truth, 5, 5, 10, 10, 1);
        SegmentationMetrics missed = Measure(truth, empty), madeUp = Measure(empty, truth), right = Measure(truth, truth);
        foreach (SegmentationMetrics metrics in (SegmentationMetrics[])[missed, madeUp])
        {
            Assert.AreEqual(50, metrics.PerClassHausdorff95[1], 1e-9);
            Assert.AreEqual(0, metrics.PerClassSurfaceDice[1]);
            Assert.IsTrue(double.IsNaN(metrics.PerClassHausdorff95[2]), "absent from both");
        }
        Assert.AreEqual(0, missed.PerClassInstanceRecall[1]);
        Assert.IsTrue(double.IsNaN(missed.PerClassInstancePrecision[1]));
        Assert.AreEqual(0, madeUp.PerClassInstancePrecision[1]);
        Assert.AreEqual((0, 1, 1, 1), (right.PerClassHausdorff95[1], right.PerClassSurfaceDice[1], right.PerClassInstancePrecision[1], right.PerClassInstanceRecall[1]));
    }

    [TestMethod]
    public void AShiftIsItsOwnDistance()
    {
        using SegmentationMask truth = Mask(60, 60), shifted = Mask(60, 60);
        Box(truth, 10, 10, 20, 20, 1);
        Box(shifted, 17, 10, 20, 20, 1);
        SegmentationMetrics metrics = Measure(truth, shifted);
        // A fifth of each outline, its far side, lies 7 pixels off.
        Assert.AreEqual(7, metrics.PerClassHausdorff95[1], 1e-9);
        Assert.IsGreaterThan(0.4, metrics.PerClassSurfaceDice[1]);
        Assert.IsLessThan(0.7, metrics.PerClassSurfaceDice[1]);
    }

    [TestMethod]
    public void TheFiguresAreInTableAndJson()
    {
        using SegmentationMask truth = Mask(30, 40), empty = Mask(30, 40);
        Box(truth, 5, 5, 10, 10, 1);
        SegmentationMetrics metrics = Measure(truth, empty);
        JsonObject json = metrics.ToJson();
        Assert.AreEqual(metrics.Hausdorff95, (double)json["hausdorff95"]!);
        Assert.AreEqual(50, (double)json["classes"]![1]!["hausdorff95"]!, 1e-9);
        Assert.AreEqual(0, (double)json["classes"]![1]!["surfaceDice"]!);
        Assert.IsNull(json["classes"]![1]!["instancePrecision"]);
        Assert.Contains("one                           0.0000       50.0000                   -           0.0000", metrics.ToString());
        Assert.Contains("Hausdorff 95 (px)", metrics.ToString());

        var quick = new SegmentationEvaluator(Classes) { MeasuresObjects = false };
        quick.Add(truth, truth);
        Assert.IsTrue(double.IsNaN(quick.ToMetrics().Hausdorff95));
        Assert.IsNull(quick.ToMetrics().ToJson()["instanceRecall"]);
        Assert.DoesNotContain("Hausdorff", quick.ToMetrics().ToString());
    }

    private static SegmentationMetrics Measure(SegmentationMask truth, SegmentationMask predicted)
    {
        var evaluator = new SegmentationEvaluator(Classes);
        evaluator.Add(truth, predicted);
        return evaluator.ToMetrics();
    }

    private static SegmentationMask Mask(int width, int height) => new(width, height, Classes);

    private static void Box(SegmentationMask mask, int left, int top, int width, int height, byte id)
    {
        for (int y = top; y < Math.Min(top + height, mask.Height); y++)
        {
            for (int x = left; x < Math.Min(left + width, mask.Width); x++)
            {
                mask.Ids[y * mask.Width + x] = id;
            }
        }
    }

    // The same few boxes for both masks, moved a little, so that some match and some do not.
    private static SegmentationMask Blobs(Random random, int width, int height, bool ignores)
    {
        SegmentationMask mask = Mask(width, height);
        for (int i = 0; i < 5; i++)
        {
            Box(mask, 8 * i + random.Next(2), 5 * i + random.Next(3), 7, 6, (byte)(i % 2 + 1));
        }
        for (int i = 0; i < 4; i++)
        {
            mask.Ids[random.Next(mask.Ids.Length)] = (byte)random.Next(3);
        }
        if (ignores)
        {
            Box(mask, random.Next(width), random.Next(height), 5, 4, Classes.IgnoreIndex);
        }
        return mask;
    }

    /// <summary>The definitions, written down pixel by pixel.</summary>
    private sealed class Expected(int classes)
    {
        public double[] Hausdorff { get; } = new double[classes];

        public double[] Dice { get; } = new double[classes];

        public int[] Images { get; } = new int[classes];

        public int[] Matched { get; } = new int[classes];

        public int[] Predicted { get; } = new int[classes];

        public int[] True { get; } = new int[classes];

        public void Add(SegmentationMask truth, SegmentationMask predicted)
        {
            for (int c = 0; c < classes; c++)
            {
                bool[,] a = Region(truth, truth, c), b = Region(predicted, truth, c);
                List<(int X, int Y)> ofA = Surface(a), ofB = Surface(b);
                if (ofA.Count + ofB.Count > 0)
                {
                    Images[c]++;
                    double[] ab = [.. ofA.Select(p => Distance(p, ofB)).Order()], ba = [.. ofB.Select(p => Distance(p, ofA)).Order()];
                    bool one = ofA.Count == 0 || ofB.Count == 0;
                    Hausdorff[c] += one ? Math.Sqrt(truth.Width * truth.Width + truth.Height * truth.Height) : Math.Max(At95(ab), At95(ba));
                    Dice[c] += one ? 0 : (ab.Count(d => d <= 2) + ba.Count(d => d <= 2)) / (double)(ab.Length + ba.Length);
                }
                List<HashSet<(int X, int Y)>> objects = Objects(a), found = Objects(b);
                True[c] += objects.Count;
                Predicted[c] += found.Count;
                Matched[c] += found.Count(f => objects.Any(o => o.Count(f.Contains) / (double)o.Union(f).Count() > 0.5));
            }
        }

        private static bool[,] Region(SegmentationMask mask, SegmentationMask truth, int id)
        {
            bool[,] region = new bool[mask.Width, mask.Height];
            for (int i = 0; i < mask.Ids.Length; i++)
            {
                region[i % mask.Width, i / mask.Width] = mask.Ids[i] == id && truth.Ids[i] != Classes.IgnoreIndex;
            }
            return region;
        }

        private static bool In(bool[,] region, int x, int y) =>
            x >= 0 && y >= 0 && x < region.GetLength(0) && y < region.GetLength(1) && region[x, y];

        private static IEnumerable<(int X, int Y)> Pixels(bool[,] region) =>
            from y in Enumerable.Range(0, region.GetLength(1)) from x in Enumerable.Range(0, region.GetLength(0)) where region[x, y] select (x, y);

        private static List<(int X, int Y)> Surface(bool[,] region) => [.. Pixels(region).Where(p =>
            !(In(region, p.X - 1, p.Y) && In(region, p.X + 1, p.Y) && In(region, p.X, p.Y - 1) && In(region, p.X, p.Y + 1)))];

        private static double Distance((int X, int Y) p, List<(int X, int Y)> to) =>
            to.Count == 0 ? double.NaN : to.Min(q => Math.Sqrt((p.X - q.X) * (p.X - q.X) + (p.Y - q.Y) * (p.Y - q.Y)));

        private static double At95(double[] sorted)
        {
            double place = 0.95 * (sorted.Length - 1);
            int below = (int)Math.Floor(place);
            return below + 1 == sorted.Length ? sorted[below] : sorted[below] * (below + 1 - place) + sorted[below + 1] * (place - below);
        }

        private static List<HashSet<(int X, int Y)>> Objects(bool[,] region)
        {
            var left = Pixels(region).ToHashSet();
            var objects = new List<HashSet<(int X, int Y)>>();
            while (left.Count > 0)
            {
                HashSet<(int X, int Y)> found = [];
                Stack<(int X, int Y)> open = new([left.First()]);
                while (open.TryPop(out (int X, int Y) p))
                {
                    if (left.Remove(p))
                    {
                        found.Add(p);
                        for (int i = 0; i < 9; i++)
                        {
                            open.Push((p.X + i % 3 - 1, p.Y + i / 3 - 1));
                        }
                    }
                }
                objects.Add(found);
            }
            return objects;
        }
    }
}
