using SegML.MLNet;
using SegML.Pipelines;
using SegML.Training.Loop;
using SegML.Training.MLNet;

namespace Microsoft.ML;

/// <summary>Training of semantic segmentation.</summary>
public static class SegmentationTrainersCatalog
{
    /// <summary>
    /// Trains a segmentation network with TorchSharp. The fitted transformer scores through ONNX Runtime and adds the column
    /// PredictedMask.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The column of true masks: SegmentationMask, or one plane a class (OneHotEncodeMask).</param>
    /// <param name="featureColumnName">The column of images: MLImage, text (paths), byte vectors (encoded images) or planes (ConvertColor).</param>
    /// <param name="network">The network, one of NetworkCatalog.Names.</param>
    /// <param name="epochs">Passes over the rows.</param>
    /// <param name="batchSize">Samples an iteration.</param>
    /// <param name="learningRate">Peak learning rate.</param>
    /// <param name="validationSet">Rows to validate on; the best validation's weights are kept. Null: the last epoch's are.</param>
    public static ImageSegmentationTrainer ImageSegmentation(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Mask",
        string featureColumnName = "Image",
        string network = "fcn-light",
        int epochs = 100,
        int batchSize = 8,
        double learningRate = 2e-3,
        IDataView? validationSet = null) => catalog.ImageSegmentation(new ImageSegmentationTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            Network = network,
            Training = new TrainingOptions { Epochs = epochs, BatchSize = batchSize, LearningRate = learningRate },
            ValidationSet = validationSet,
        });

    /// <summary>Trains a segmentation network with TorchSharp, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, network, training, validation, workspace, callback, cancellation.</param>
    public static ImageSegmentationTrainer ImageSegmentation(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ImageSegmentationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.LabelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.FeatureColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.PredictedMaskColumnName);
        ArgumentException.ThrowIfNullOrEmpty(options.ModelName);
        ArgumentNullException.ThrowIfNull(options.Network);
        ArgumentNullException.ThrowIfNull(options.Input);
        ArgumentNullException.ThrowIfNull(options.Training);
        ArgumentOutOfRangeException.ThrowIfNegative(options.ValidationFraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(options.ValidationFraction, 1);
        if (options.Training.EarlyStopping is not null && options.ValidationSet is null && options.ValidationFraction == 0)
        {
            throw new ArgumentException("Training.EarlyStopping goes by validations: set ValidationSet or ValidationFraction", nameof(options));
        }
        return new ImageSegmentationTrainer(MLNetInternals.EnvironmentOf(catalog), options);
    }
}
