using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>
/// Figures of a segmentation, all computed from the confusion matrix of the whole data set, never as a mean over images.
/// A class that occurs neither in the truth nor in the prediction is NaN and left out of means.
/// </summary>
public sealed class SegmentationMetrics
{
    /// <summary>Computes the figures.</summary>
    public SegmentationMetrics(ConfusionMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ConfusionMatrix = matrix;
        int n = matrix.Classes.Count;
        var iou = new double[n];
        var precision = new double[n];
        var recall = new double[n];
        long correct = 0, total = 0;
        for (int c = 0; c < n; c++)
        {
            long hit = matrix[c, c], truth = 0, predicted = 0;
            for (int o = 0; o < n; o++)
            {
                truth += matrix[c, o];
                predicted += matrix[o, c];
            }
            iou[c] = Ratio(hit, truth + predicted - hit);
            precision[c] = Ratio(hit, predicted);
            recall[c] = Ratio(hit, truth);
            correct += hit;
            total += truth;
        }
        PerClassIoU = iou;
        PerClassPrecision = precision;
        PerClassRecall = recall;
        MeanIoU = MeanOf(iou);
        MeanAccuracy = MeanOf(recall);
        PixelAccuracy = Ratio(correct, total);
    }

    /// <summary>The counts behind the figures.</summary>
    public ConfusionMatrix ConfusionMatrix { get; }

    /// <summary>Mean of <see cref="PerClassIoU"/> over the classes that occur, 0-1.</summary>
    public double MeanIoU { get; }

    /// <summary>Intersection over union (Jaccard index) by class id: TP / (TP + FP + FN), 0-1.</summary>
    public IReadOnlyList<double> PerClassIoU { get; }

    /// <summary>TP / (TP + FP) by class id; NaN for a class that is never predicted.</summary>
    public IReadOnlyList<double> PerClassPrecision { get; }

    /// <summary>TP / (TP + FN) by class id; NaN for a class that is never true.</summary>
    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>Share of pixels that are right, 0-1.</summary>
    public double PixelAccuracy { get; }

    /// <summary>Mean recall over the classes that occur in the truth, 0-1.</summary>
    public double MeanAccuracy { get; }

    /// <summary>The table: a line a class, then the means.</summary>
    public override string ToString()
    {
        ClassSet classes = ConfusionMatrix.Classes;
        int width = Math.Max(14, classes.Classes.Max(c => c.Name.Length));
        var text = new StringBuilder();
        text.AppendLine($"{"class".PadRight(width)}     IoU  precision  recall");
        for (int c = 0; c < classes.Count; c++)
        {
            text.AppendLine($"{classes.Classes[c].Name.PadRight(width)}  {Figure(PerClassIoU[c])}     {Figure(PerClassPrecision[c])}  {Figure(PerClassRecall[c])}");
        }
        text.AppendLine($"{"mean IoU".PadRight(width)}  {Figure(MeanIoU)}");
        text.AppendLine($"{"mean accuracy".PadRight(width)}  {Figure(MeanAccuracy)}");
        text.Append($"{"pixel accuracy".PadRight(width)}  {Figure(PixelAccuracy)}");
        return text.ToString();
    }

    /// <summary>The figures and counts as JSON; NaN becomes null. Rows of "confusionMatrix" are true classes.</summary>
    public JsonObject ToJson()
    {
        ClassSet classes = ConfusionMatrix.Classes;
        IEnumerable<int> ids = Enumerable.Range(0, classes.Count);
        return new JsonObject
        {
            ["meanIoU"] = Json(MeanIoU),
            ["meanAccuracy"] = Json(MeanAccuracy),
            ["pixelAccuracy"] = Json(PixelAccuracy),
            ["classes"] = new JsonArray([.. ids.Select(c => new JsonObject
            {
                ["id"] = c,
                ["name"] = classes.Classes[c].Name,
                ["iou"] = Json(PerClassIoU[c]),
                ["precision"] = Json(PerClassPrecision[c]),
                ["recall"] = Json(PerClassRecall[c]),
            })]),
            ["confusionMatrix"] = new JsonArray([.. ids.Select(t =>
                new JsonArray([.. ids.Select(p => JsonValue.Create(ConfusionMatrix[t, p]))]))]),
        };
    }

    private static JsonValue? Json(double value) => double.IsNaN(value) ? null : JsonValue.Create(value);

    private static string Figure(double value) =>
        (double.IsNaN(value) ? "-" : value.ToString("0.0000", CultureInfo.InvariantCulture)).PadLeft(6);

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;

    private static double MeanOf(double[] values)
    {
        double[] known = [.. values.Where(v => !double.IsNaN(v))];
        return known.Length == 0 ? double.NaN : known.Average();
    }
}
