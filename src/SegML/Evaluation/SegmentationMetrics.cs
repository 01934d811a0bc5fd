using System.Text.Json.Nodes;

namespace SegML.Evaluation;

/// <summary>
/// Figures of a segmentation, computed from counts over the whole data set - the confusion matrix, for <see cref="BoundaryF1"/> the boundary
/// pixels, for instances the objects - and not as a mean over images, save the two surface figures, which are by custom. Pixels whose truth is the ignore index are left out.
/// A class that occurs neither in the truth nor in the prediction is NaN and left out of means.
/// </summary>
public sealed class SegmentationMetrics
{
    /// <summary>Computes the figures of a confusion matrix; without the masks themselves the figures of boundaries, surfaces and instances are not known, and NaN.</summary>
    public SegmentationMetrics(SegmentationConfusionMatrix matrix)
        : this(matrix, boundaries: null, surfaces: null, instances: null)
    {
    }

    internal SegmentationMetrics(SegmentationConfusionMatrix matrix, BoundaryMatches? boundaries, SurfaceDistances? surfaces, InstanceMatches? instances)
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
        PerClassHausdorff95 = Figures(surfaces is null ? null : surfaces.Hausdorff);
        PerClassSurfaceDice = Figures(surfaces is null ? null : surfaces.Dice);
        PerClassInstancePrecision = Figures(instances is null ? null : instances.Precision);
        PerClassInstanceRecall = Figures(instances is null ? null : instances.Recall);
        Hausdorff95 = MeanOf(PerClassHausdorff95);
        SurfaceDice = MeanOf(PerClassSurfaceDice);
        InstancePrecision = MeanOf(PerClassInstancePrecision);
        InstanceRecall = MeanOf(PerClassInstanceRecall);
        MeanIoU = MeanOf(iou);
        MeanDice = MeanOf(dice);
        MeanAccuracy = MeanOf(recall);
        BoundaryF1 = MeanOf(boundary);
        PixelAccuracy = Ratio(correct, total);
        FrequencyWeightedIoU = total == 0 ? double.NaN : weighted / total;

        double[] Figures(Func<int, double>? of) => [.. Enumerable.Range(0, n).Select(of ?? (_ => double.NaN))];
    }

    /// <summary>The figures of classes that overlap.</summary>
    /// <param name="matrix">Counts of true with predicted classes.</param>
    /// <param name="each">Each class's own, as class 1 against what is not of it.</param>
    internal SegmentationMetrics(SegmentationConfusionMatrix matrix, IReadOnlyList<SegmentationMetrics> each)
    {
        ConfusionMatrix = matrix;
        PerClassIoU = Of(m => m.PerClassIoU);
        PerClassDice = Of(m => m.PerClassDice);
        PerClassPrecision = Of(m => m.PerClassPrecision);
        PerClassRecall = Of(m => m.PerClassRecall);
        PerClassBoundaryF1 = Of(m => m.PerClassBoundaryF1);
        PerClassHausdorff95 = Of(m => m.PerClassHausdorff95);
        PerClassSurfaceDice = Of(m => m.PerClassSurfaceDice);
        PerClassInstancePrecision = Of(m => m.PerClassInstancePrecision);
        PerClassInstanceRecall = Of(m => m.PerClassInstanceRecall);
        (Hausdorff95, SurfaceDice) = (MeanOf(PerClassHausdorff95), MeanOf(PerClassSurfaceDice));
        (InstancePrecision, InstanceRecall) = (MeanOf(PerClassInstancePrecision), MeanOf(PerClassInstanceRecall));
        (MeanIoU, MeanDice) = (MeanOf(PerClassIoU), MeanOf(PerClassDice));
        (MeanAccuracy, BoundaryF1) = (MeanOf(PerClassRecall), MeanOf(PerClassBoundaryF1));
        // Every class has the same pixels, so that the mean of shares is the share of all decisions.
        PixelAccuracy = MeanOf([.. each.Select(m => m.PixelAccuracy)]);
        double[] truth = [.. each.Select(m => (double)m.ConfusionMatrix.Truth(1))];
        FrequencyWeightedIoU = truth.Sum() == 0 ? double.NaN : truth.Select((t, c) => t == 0 ? 0 : t * PerClassIoU[c]).Sum() / truth.Sum();

        double[] Of(Func<SegmentationMetrics, IReadOnlyList<double>> figures) => [.. each.Select(m => figures(m)[1])];
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

    /// <summary>Share of pixels that are right, 0-1; where classes overlap, the mean over the classes of each one's.</summary>
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

    /// <summary>Mean of <see cref="PerClassHausdorff95"/> over the classes that occur, in pixels.</summary>
    public double Hausdorff95 { get; }

    /// <summary>
    /// 95 % Hausdorff distance by class id, in pixels, 0 or more: the greater of the 95th percentiles of the distances from the true surface to the
    /// predicted one and back, as a mean over the images that have the class in truth or prediction. Where one of them lacks it, the
    /// image's diagonal. A class's surface is its pixels of which one of the four beside is of another class, ignored, or beyond the image.
    /// </summary>
    public IReadOnlyList<double> PerClassHausdorff95 { get; }

    /// <summary>Mean of <see cref="PerClassSurfaceDice"/> over the classes that occur, 0-1.</summary>
    public double SurfaceDice { get; }

    /// <summary>
    /// Normalised surface Dice by class id, 0-1: the share of both surfaces, as of <see cref="PerClassHausdorff95"/>, that lies at most 2 pixels from
    /// the other one (Nikolov et al. 2018), as a mean over the images that have the class in truth or prediction. Where one of them lacks it, 0.
    /// </summary>
    public IReadOnlyList<double> PerClassSurfaceDice { get; }

    /// <summary>Mean of <see cref="PerClassInstancePrecision"/> over the classes that are predicted, 0-1.</summary>
    public double InstancePrecision { get; }

    /// <summary>
    /// By class id, the share of predicted objects that match a true one, 0-1. Objects are connected components (8 neighbours); two match when their
    /// intersection over union is above 0.5. Specks count like any other object: see <c>SegmenterOptions.MinComponentArea</c>.
    /// NaN for a class that is never predicted.
    /// </summary>
    public IReadOnlyList<double> PerClassInstancePrecision { get; }

    /// <summary>Mean of <see cref="PerClassInstanceRecall"/> over the classes that occur in the truth, 0-1.</summary>
    public double InstanceRecall { get; }

    /// <summary>By class id, the share of true objects that a predicted one matches, 0-1, as in <see cref="PerClassInstancePrecision"/>; NaN for a class that is never true.</summary>
    public IReadOnlyList<double> PerClassInstanceRecall { get; }

    /// <summary>The table: a line a class, then the figures over all of them.</summary>
    public override string ToString() => MetricsFormat.Table(this);

    /// <summary>The figures and counts as JSON; NaN becomes null. Rows of "confusionMatrix" are true classes.</summary>
    public JsonObject ToJson() => MetricsFormat.Json(this);

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;

    private static double MeanOf(IReadOnlyList<double> values)
    {
        double[] known = [.. values.Where(v => !double.IsNaN(v))];
        return known.Length == 0 ? double.NaN : known.Average();
    }
}
