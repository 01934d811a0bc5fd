using System.Text.Json.Nodes;
using SegML.Evaluation;
using SegML.Masks;

namespace SegML.Tests.Evaluation;

[TestClass]
public sealed class SegmentationMetricsTests
{
    private const double Tolerance = 1e-12;

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(2, 2)]
    [DataRow(5, 3)]
    [DataRow(11, 4)]
    public void FiguresAreThoseOfTheirDefinitions(int classes, int seed)
    {
        ClassSet set = Set(classes);
        var random = new Random(seed);
        byte[] truth = new byte[4000], predicted = new byte[4000];
        for (int i = 0; i < truth.Length; i++)
        {
            truth[i] = random.NextDouble() < 0.1 ? set.IgnoreIndex : (byte)random.Next(classes);
            predicted[i] = random.NextDouble() < 0.6 && truth[i] < classes ? truth[i] : (byte)random.Next(classes);
        }
        var matrix = new SegmentationConfusionMatrix(set);
        matrix.Add(truth.AsSpan(0, 1234), predicted.AsSpan(0, 1234));
        var rest = new SegmentationConfusionMatrix(set);
        rest.Add(truth.AsSpan(1234), predicted.AsSpan(1234));
        matrix.Add(rest);
        var metrics = new SegmentationMetrics(matrix);

        (byte Truth, byte Predicted)[] counted = [.. truth.Zip(predicted).Where(p => p.First != set.IgnoreIndex)];
        for (int c = 0; c < classes; c++)
        {
            double both = counted.Count(p => p.Truth == c && p.Predicted == c);
            Assert.AreEqual(both / counted.Count(p => p.Truth == c || p.Predicted == c), metrics.PerClassIoU[c], Tolerance);
            Assert.AreEqual(2 * both / (counted.Count(p => p.Truth == c) + counted.Count(p => p.Predicted == c)), metrics.PerClassDice[c], Tolerance);
            Assert.AreEqual(both / counted.Count(p => p.Predicted == c), metrics.PerClassPrecision[c], Tolerance);
            Assert.AreEqual(both / counted.Count(p => p.Truth == c), metrics.PerClassRecall[c], Tolerance);
        }
        Assert.AreEqual(metrics.PerClassIoU.Average(), metrics.MeanIoU, Tolerance);
        Assert.AreEqual(metrics.PerClassDice.Average(), metrics.MeanDice, Tolerance);
        Assert.AreEqual(metrics.PerClassRecall.Average(), metrics.MeanAccuracy, Tolerance);
        Assert.AreEqual(Enumerable.Range(0, classes).Sum(c => metrics.PerClassIoU[c] * counted.Count(p => p.Truth == c) / counted.Length),
            metrics.FrequencyWeightedIoU, Tolerance);
        Assert.AreEqual((double)counted.Count(p => p.Truth == p.Predicted) / counted.Length, metrics.PixelAccuracy, Tolerance);
    }

    [TestMethod]
    public void AClassThatNeverOccursIsLeftOutOfTheMean()
    {
        var matrix = new SegmentationConfusionMatrix(Set(3));
        matrix.Add([0, 0, 1, 255], [0, 1, 1, 0]);
        var metrics = new SegmentationMetrics(matrix);
        Assert.IsTrue(double.IsNaN(metrics.PerClassIoU[2]));
        Assert.AreEqual(0.5, metrics.MeanIoU, Tolerance);
    }

    [TestMethod]
    public void AClassThatIsOnlyPredictedCountsAsZero()
    {
        var matrix = new SegmentationConfusionMatrix(Set(3));
        matrix.Add([0, 0], [0, 2]);
        var metrics = new SegmentationMetrics(matrix);
        Assert.AreEqual(0, metrics.PerClassIoU[2]);
        Assert.AreEqual(0.25, metrics.MeanIoU, Tolerance);
        Assert.AreEqual(0.5, metrics.MeanAccuracy, Tolerance);
        Assert.AreEqual(0.5, metrics.FrequencyWeightedIoU, Tolerance);
    }

    [TestMethod]
    public void JsonHoldsFiguresAndCounts()
    {
        var matrix = new SegmentationConfusionMatrix(Set(3));
        matrix.Add([0, 0, 1, 255], [0, 1, 1, 0]);
        JsonNode json = JsonNode.Parse(new SegmentationMetrics(matrix).ToJson().ToJsonString())!;
        Assert.AreEqual(0.5, (double)json["meanIoU"]!);
        Assert.AreEqual(2.0 / 3, (double)json["pixelAccuracy"]!);
        Assert.AreEqual("class 1", (string?)json["classes"]![1]!["name"]);
        Assert.AreEqual(1.0, (double)json["classes"]![1]!["recall"]!);
        Assert.IsNull(json["classes"]![2]!["iou"]);
        Assert.AreEqual("[[1,1,0],[0,1,0],[0,0,0]]", json["confusionMatrix"]!.ToJsonString());
    }

    [TestMethod]
    public void NothingCountedIsNotAFigure()
    {
        var metrics = new SegmentationMetrics(new SegmentationConfusionMatrix(Set(2)));
        Assert.IsTrue(double.IsNaN(metrics.MeanIoU) && double.IsNaN(metrics.PixelAccuracy) && double.IsNaN(metrics.FrequencyWeightedIoU));
        Assert.Contains("mean IoU                     -", metrics.ToString());
    }

    [TestMethod]
    public void TheTableHasALineAClass()
    {
        var matrix = new SegmentationConfusionMatrix(Set(2));
        matrix.Add([0, 0, 1], [0, 1, 1]);
        string[] lines = new SegmentationMetrics(matrix).ToString().Split(Environment.NewLine);
        Assert.HasCount(9, lines);
        Assert.AreEqual("class                      IoU    Dice  precision  recall  boundary F1", lines[0]);
        Assert.AreEqual("class 0                 0.5000  0.6667     1.0000  0.5000            -", lines[1]);
        Assert.AreEqual("frequency-weighted IoU  0.5000", lines[7]);
    }

    [TestMethod]
    public void TheMatrixIsATableInPercent()
    {
        var matrix = new SegmentationConfusionMatrix(Set(3));
        matrix.Add([0, 0, 0, 0, 1], [0, 1, 1, 1, 1]);
        string[] lines = matrix.ToString().Split(Environment.NewLine);
        Assert.AreEqual("% of true      0      1      2", lines[0]);
        Assert.AreEqual("class 0    25.00  75.00   0.00", lines[1]);
        Assert.AreEqual("class 2        -      -      -", lines[3]);
    }

    [TestMethod]
    public void IdsThatAreNotClassesAreRefused()
    {
        var matrix = new SegmentationConfusionMatrix(Set(2));
        Assert.ThrowsExactly<ArgumentException>(() => matrix.Add([0], [2]));
        Assert.ThrowsExactly<ArgumentException>(() => matrix.Add([0, 1], [0]));
        Assert.ThrowsExactly<ArgumentException>(() => matrix.Add(new SegmentationConfusionMatrix(Set(3))));
    }

    private static ClassSet Set(int classes) =>
        new([.. Enumerable.Range(0, classes).Select(i => new SegmentationClass { Id = i, Name = $"class {i}", Color = default })]);
}
