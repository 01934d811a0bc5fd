using Microsoft.ML.Data;
using SegML;
using SegML.Evaluation;
using SegML.Masks;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Evaluation of semantic segmentation.</summary>
public static class SegmentationEvaluationCatalog
{
    /// <summary>
    /// Compares predicted masks with true ones. All figures come from counts over all rows together - the confusion matrix, and for
    /// boundary F1 the boundary pixels - never from a mean over rows. A class that occurs nowhere is NaN and left out of means. Pixels
    /// whose truth is the ignore index are left out. Rows are read once, one at a time; memory does not grow with their number.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data; each row's two masks have the same size and the same classes.</param>
    /// <param name="labelColumnName">The column of true masks.</param>
    /// <param name="predictedColumnName">The column of predicted masks.</param>
    /// <exception cref="SchemaException">A column is missing or does not hold masks.</exception>
    /// <exception cref="MaskFormatException">Two masks of a row do not fit each other.</exception>
    /// <exception cref="DatasetException">The data has no rows.</exception>
    public static SegmentationMetrics EvaluateSegmentation(this MulticlassClassificationCatalog catalog, IDataView data,
        string labelColumnName = "Mask", string predictedColumnName = "PredictedMask")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column label = InputColumn.Mask(labelColumnName).In(data.Schema, nameof(EvaluateSegmentation));
        DataViewSchema.Column predicted = InputColumn.Mask(predictedColumnName).In(data.Schema, nameof(EvaluateSegmentation));

        using DataViewRowCursor cursor = data.GetRowCursor([label, predicted]);
        ValueGetter<SegmentationMask> getLabel = cursor.GetGetter<SegmentationMask>(cursor.Schema[label.Index]);
        ValueGetter<SegmentationMask> getPredicted = cursor.GetGetter<SegmentationMask>(cursor.Schema[predicted.Index]);
        SegmentationMask truth = null!, prediction = null!;
        SegmentationEvaluator? evaluator = null;
        while (cursor.MoveNext())
        {
            getLabel(ref truth);
            getPredicted(ref prediction);
            evaluator ??= new SegmentationEvaluator(truth.Classes);
            Check(truth, prediction, evaluator.Classes, cursor.Position);
            evaluator.Add(truth, prediction);
        }
        return evaluator?.ToMetrics()
            ?? throw new DatasetException("the data to evaluate", "has no rows", "check the folder or the filter before it");
    }

    private static void Check(SegmentationMask truth, SegmentationMask prediction, ClassSet classes, long row)
    {
        if (truth.Width != prediction.Width || truth.Height != prediction.Height)
        {
            throw new MaskFormatException($"row {row}",
                $"has a true mask of {truth.Width}x{truth.Height} and a predicted one of {prediction.Width}x{prediction.Height}",
                "predict from the image at its own size");
        }
        foreach (ClassSet other in (ClassSet[])[truth.Classes, prediction.Classes])
        {
            if (!other.HasNamesOf(classes))
            {
                throw new MaskFormatException($"row {row}",
                    $"has masks of the classes {string.Join(", ", other.Names)}, others have {string.Join(", ", classes.Names)}",
                    "load the masks with the classes that the model was trained for");
            }
        }
    }
}
