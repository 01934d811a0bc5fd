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
    /// <exception cref="MaskFormatException">A row lacks a mask, or its two do not fit each other.</exception>
    /// <exception cref="DatasetException">The data has no rows.</exception>
    public static SegmentationMetrics EvaluateSegmentation(this MulticlassClassificationCatalog catalog, IDataView data,
        string labelColumnName = "Mask", string predictedColumnName = "PredictedMask")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        DataViewSchema.Column label = InputColumn.Mask(labelColumnName).In(data.Schema, nameof(EvaluateSegmentation));
        DataViewSchema.Column predicted = InputColumn.Mask(predictedColumnName).In(data.Schema, nameof(EvaluateSegmentation));

        using DataViewRowCursor cursor = data.GetRowCursor([label, predicted]);
        Func<SegmentationMask> readTruth = RowValues.Masks(cursor, cursor.Schema[label.Index]);
        Func<SegmentationMask> readPrediction = RowValues.Masks(cursor, cursor.Schema[predicted.Index]);
        SegmentationEvaluator? evaluator = null;
        while (cursor.MoveNext())
        {
            SegmentationMask truth = readTruth(), prediction = readPrediction();
            evaluator ??= new SegmentationEvaluator(truth.Classes);
            Check(truth, prediction, evaluator.Classes, cursor.Position);
            evaluator.Add(truth, prediction);
        }
        return evaluator?.ToMetrics()
            ?? throw new DatasetException("the data to evaluate", "has no rows", "check the folder or the filter before it");
    }

    /// <summary>
    /// Fits an estimator once for each fold, on the rows outside it, and evaluates it on the fold, as
    /// <c>ml.MulticlassClassification.CrossValidate</c> does for classification. Rows are dealt to the folds at random, so that these differ in
    /// size.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The rows. What <paramref name="estimator"/> loads itself, such as images and masks of paths, is loaded fold by fold.</param>
    /// <param name="estimator">
    /// Everything from the rows to the predicted masks, such as LoadMasks and an ImageSegmentation trainer without WorkspacePath.
    /// </param>
    /// <param name="numberOfFolds">How many folds, at least 2.</param>
    /// <param name="labelColumnName">The column of true masks, in the data or from the estimator.</param>
    /// <param name="predictedColumnName">The column of predicted masks.</param>
    /// <param name="samplingKeyColumnName">
    /// A column of numbers or text; rows that are equal in it stay together. Neighbouring frames of one drive are so alike that a model
    /// that trained on one has seen the others: give each drive a key. Null: rows are independent.
    /// </param>
    /// <param name="seed">Decides which rows go to which fold. Null: the MLContext's seed.</param>
    /// <returns>By fold: the model, its figures on the fold, the fold's rows scored, and the fold's number from 0. Models are the caller's to dispose.</returns>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    /// <exception cref="DatasetException">A fold has no rows, or all of them; nothing was trained.</exception>
    public static IReadOnlyList<TrainCatalogBase.CrossValidationResult<SegmentationMetrics>> CrossValidateSegmentation(
        this MulticlassClassificationCatalog catalog, IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5,
        string labelColumnName = "Mask", string predictedColumnName = "PredictedMask", string? samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        if (samplingKeyColumnName is not null && data.Schema.GetColumnOrNull(samplingKeyColumnName) is null)
        {
            throw new SchemaException($"column \"{samplingKeyColumnName}\"", $"is the sampling key of {nameof(CrossValidateSegmentation)}, but the data lacks it",
                "check the column names");
        }
        IReadOnlyList<DataOperationsCatalog.TrainTestData> folds =
            MLNetInternals.DataOf(catalog).CrossValidationSplit(data, numberOfFolds, samplingKeyColumnName, seed);
        CheckFolds(folds);
        return [.. folds.Select((fold, i) =>
        {
            ITransformer model = estimator.Fit(fold.TrainSet);
            IDataView scored = model.Transform(fold.TestSet);
            return MLNetInternals.FoldOf(model, catalog.EvaluateSegmentation(scored, labelColumnName, predictedColumnName), scored, i);
        })];
    }

    private static void CheckFolds(IReadOnlyList<DataOperationsCatalog.TrainTestData> folds)
    {
        for (int i = 0; i < folds.Count; i++)
        {
            bool isEmpty = IsEmpty(folds[i].TestSet);
            if (isEmpty || IsEmpty(folds[i].TrainSet))
            {
                throw new DatasetException($"fold {i} of {folds.Count}", isEmpty ? "has no rows" : "has all rows and leaves none to train on",
                    "ask for fewer folds, take another seed, or add rows or sampling keys");
            }
        }

        static bool IsEmpty(IDataView rows)
        {
            using DataViewRowCursor cursor = rows.GetRowCursor([]);
            return !cursor.MoveNext();
        }
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
