using System.Text.Json.Nodes;

namespace SegML.Evaluation;

/// <summary>
/// Figures of a segmentation, all computed from counts over the whole data set - the confusion matrix, and for
/// <see cref="BoundaryF1"/> the boundary pixels - never as a mean over images. Pixels whose truth is the ignore index are left out.
/// A class that occurs neither in the truth nor in the prediction is NaN and left out of means.
/// </summary>
public sealed class SegmentationMetrics
{
    /// <summary>Computes the figures of a confusion matrix; without the masks themselves boundary F1 is not known, and NaN.</summary>
    public SegmentationMetrics(SegmentationConfusionMatrix matrix)
        : this(matrix, boundaries: null)
    {
    }

    internal SegmentationMetrics(SegmentationConfusionMatrix matrix, BoundaryMatches? boundaries)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ConfusionMatrix = matrix;
        int n = matrix.Classes.Count;
        double[] iou = new double[n], dice = new double[n], precision = new double[n], recall = new double[n], boundary = new double[n];
        long correct = 0, total = 0;
        double weighted = 0;
        for (int c = 0; c < n; c++)
        {
            long hit = matrix[c, c], truth = matrix.Truth(c), predicted = matrix.Predicted(c);
            iou[c] = Ratio(hit, truth + predicted - hit);
            dice[c] = Ratio(2 * hit, truth + predicted);
            precision[c] = Ratio(hit, predicted);
            recall[c] = Ratio(hit, truth);
            boundary[c] = boundaries?.F1(c) ?? double.NaN;
            weighted += truth == 0 ? 0 : truth * iou[c];
            correct += hit;
            total += truth;
        }
        PerClassIoU = iou;
        PerClassDice = dice;
        PerClassPrecision = precision;
        PerClassRecall = recall;
        PerClassBoundaryF1 = boundary;
        MeanIoU = MeanOf(iou);
        MeanDice = MeanOf(dice);
        MeanAccuracy = MeanOf(recall);
        BoundaryF1 = MeanOf(boundary);
        PixelAccuracy = Ratio(correct, total);
        FrequencyWeightedIoU = total == 0 ? double.NaN : weighted / total;
    }

    /// <summary>The counts behind the figures.</summary>
    public SegmentationConfusionMatrix ConfusionMatrix { get; }

    /// <summary>Mean of <see cref="PerClassIoU"/> over the classes that occur, 0-1.</summary>
    public double MeanIoU { get; }

    /// <summary>Intersection over union (Jaccard index) by class id: TP / (TP + FP + FN), 0-1.</summary>
    public IReadOnlyList<double> PerClassIoU { get; }

    /// <summary>Mean of <see cref="PerClassDice"/> over the classes that occur, 0-1.</summary>
    public double MeanDice { get; }

    /// <summary>Dice coefficient, which is F1, by class id: 2 TP / (2 TP + FP + FN), 0-1.</summary>
    public IReadOnlyList<double> PerClassDice { get; }

    /// <summary>TP / (TP + FP) by class id, 0-1; NaN for a class that is never predicted.</summary>
    public IReadOnlyList<double> PerClassPrecision { get; }

    /// <summary>TP / (TP + FN) by class id, 0-1; NaN for a class that is never true.</summary>
    public IReadOnlyList<double> PerClassRecall { get; }

    /// <summary>Share of pixels that are right, 0-1.</summary>
    public double PixelAccuracy { get; }

    /// <summary>Mean of <see cref="PerClassRecall"/> over the classes that occur in the truth, 0-1.</summary>
    public double MeanAccuracy { get; }

    /// <summary>
    /// Mean of <see cref="PerClassIoU"/> weighted with each class's share of the true pixels, 0-1 (Long, Shelhamer and Darrell,
    /// "Fully convolutional networks for semantic segmentation", CVPR 2015).
    /// </summary>
    public double FrequencyWeightedIoU { get; }

    /// <summary>Mean of <see cref="PerClassBoundaryF1"/> over the classes that have a boundary, 0-1.</summary>
    public double BoundaryF1 { get; }

    /// <summary>
    /// Boundary F1 by class id, 0-1: the harmonic mean of the share of predicted boundary pixels that have a true one of their class at
    /// most 2 pixels away (Euclidean), and the converse share, both summed over the whole data set (after Csurka et al., BMVC 2013, who
    /// take a mean over images). A pixel is on the boundary when one of the four beside it is of another class; the image's edge
    /// and ignored pixels make no boundary. NaN for a class without a boundary in truth and prediction.
    /// </summary>
    public IReadOnlyList<double> PerClassBoundaryF1 { get; }

    /// <summary>The table: a line a class, then the figures over all of them.</summary>
    public override string ToString() => MetricsFormat.Table(this);

    /// <summary>The figures and counts as JSON; NaN becomes null. Rows of "confusionMatrix" are true classes.</summary>
    public JsonObject ToJson() => MetricsFormat.Json(this);

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;

    private static double MeanOf(double[] values)
    {
        double[] known = [.. values.Where(v => !double.IsNaN(v))];
        return known.Length == 0 ? double.NaN : known.Average();
    }
}
