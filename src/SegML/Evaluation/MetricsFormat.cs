using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SegML.Masks;

namespace SegML.Evaluation;

/// <summary>Writes metrics down, for people and for programs.</summary>
internal static class MetricsFormat
{
    public static string Table(SegmentationMetrics metrics)
    {
        ClassSet classes = metrics.ConfusionMatrix.Classes;
        (string Name, double Figure)[] overall =
        [
            ("mean IoU", metrics.MeanIoU),
            ("mean Dice", metrics.MeanDice),
            ("mean accuracy", metrics.MeanAccuracy),
            ("pixel accuracy", metrics.PixelAccuracy),
            ("frequency-weighted IoU", metrics.FrequencyWeightedIoU),
            ($"boundary F1 ({BoundaryMatches.Tolerance} px)", metrics.BoundaryF1),
        ];
        if (!double.IsNaN(metrics.SurfaceDice))
        {
            overall =
            [
                .. overall,
                ($"surface Dice ({SurfaceDistances.Tolerance} px)", metrics.SurfaceDice),
                ("Hausdorff 95 (px)", metrics.Hausdorff95),
                ("instance precision", metrics.InstancePrecision),
                ("instance recall", metrics.InstanceRecall),
            ];
        }
        int width = overall.Select(o => o.Name).Concat(classes.Names).Max(n => n.Length);
        var text = new StringBuilder();
        text.AppendLine($"{"class".PadRight(width)}     IoU    Dice  precision  recall  boundary F1");
        for (int c = 0; c < classes.Count; c++)
        {
            text.AppendLine($"{classes.Names[c].PadRight(width)}  {Figure(metrics.PerClassIoU[c])}  {Figure(metrics.PerClassDice[c])}     "
                + $"{Figure(metrics.PerClassPrecision[c])}  {Figure(metrics.PerClassRecall[c])}       {Figure(metrics.PerClassBoundaryF1[c])}");
        }
        if (classes.Thresholds is { } thresholds)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"classes overlap; a pixel is of a class from the probability of {string.Join(", ", thresholds.Select((t, c) => string.Create(CultureInfo.InvariantCulture, $"{t:0.##} ({classes.Names[c]})")))}");
        }
        if (!double.IsNaN(metrics.SurfaceDice))
        {
            Objects(metrics, classes, width, text);
        }
        return text.AppendJoin(Environment.NewLine, overall.Select(o => $"{o.Name.PadRight(width)}  {Figure(o.Figure)}")).ToString();
    }

    private static void Objects(SegmentationMetrics metrics, ClassSet classes, int width, StringBuilder text)
    {
        text.AppendLine().AppendLine($"{"class".PadRight(width)}  surface Dice  Hausdorff 95  instance precision  instance recall");
        for (int c = 0; c < classes.Count; c++)
        {
            text.AppendLine($"{classes.Names[c].PadRight(width)}        {Figure(metrics.PerClassSurfaceDice[c])}  {Figure(metrics.PerClassHausdorff95[c]),12}"
                + $"              {Figure(metrics.PerClassInstancePrecision[c])}           {Figure(metrics.PerClassInstanceRecall[c])}");
        }
        text.AppendLine();
    }

    public static JsonObject Json(SegmentationMetrics metrics)
    {
        SegmentationConfusionMatrix matrix = metrics.ConfusionMatrix;
        IEnumerable<int> ids = Enumerable.Range(0, matrix.Classes.Count);
        return new JsonObject
        {
            ["meanIoU"] = Value(metrics.MeanIoU),
            ["meanDice"] = Value(metrics.MeanDice),
            ["meanAccuracy"] = Value(metrics.MeanAccuracy),
            ["pixelAccuracy"] = Value(metrics.PixelAccuracy),
            ["frequencyWeightedIoU"] = Value(metrics.FrequencyWeightedIoU),
            ["boundaryF1"] = Value(metrics.BoundaryF1),
            ["surfaceDice"] = Value(metrics.SurfaceDice),
            ["hausdorff95"] = Value(metrics.Hausdorff95),
            ["instancePrecision"] = Value(metrics.InstancePrecision),
            ["instanceRecall"] = Value(metrics.InstanceRecall),
            ["classes"] = new JsonArray([.. ids.Select(c => new JsonObject
            {
                ["id"] = c,
                ["name"] = matrix.Classes.Names[c],
                ["threshold"] = matrix.Classes.Thresholds?[c],
                ["iou"] = Value(metrics.PerClassIoU[c]),
                ["dice"] = Value(metrics.PerClassDice[c]),
                ["precision"] = Value(metrics.PerClassPrecision[c]),
                ["recall"] = Value(metrics.PerClassRecall[c]),
                ["boundaryF1"] = Value(metrics.PerClassBoundaryF1[c]),
                ["surfaceDice"] = Value(metrics.PerClassSurfaceDice[c]),
                ["hausdorff95"] = Value(metrics.PerClassHausdorff95[c]),
                ["instancePrecision"] = Value(metrics.PerClassInstancePrecision[c]),
                ["instanceRecall"] = Value(metrics.PerClassInstanceRecall[c]),
            })]),
            ["confusionMatrix"] = new JsonArray([.. ids.Select(t => new JsonArray([.. ids.Select(p => JsonValue.Create(matrix[t, p]))]))]),
        };
    }

    private static JsonValue? Value(double value) => double.IsNaN(value) ? null : JsonValue.Create(value);

    private static string Figure(double value) =>
        (double.IsNaN(value) ? "-" : value.ToString("0.0000", CultureInfo.InvariantCulture)).PadLeft(6);
}
