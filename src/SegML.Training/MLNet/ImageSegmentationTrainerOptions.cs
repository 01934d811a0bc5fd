using Microsoft.ML;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Networks;

namespace SegML.Training.MLNet;

public sealed partial class ImageSegmentationTrainer
{
    /// <summary>What to train, from which columns. Fields, as ML.NET's trainers have them.</summary>
    public sealed class Options
    {
        /// <summary>
        /// The column of true masks: SegmentationMask, or one plane a class as OneHotEncodeMask gives them; of soft planes a pixel's greatest decides.
        /// Default "Mask".
        /// </summary>
        public string LabelColumnName = "Mask";

        /// <summary>The column of images: MLImage, text (paths), byte vectors (encoded images), or planes as ConvertColor gives them. Default "Image".</summary>
        public string FeatureColumnName = "Image";

        /// <summary>The column that the fitted transformer adds. Default "PredictedMask".</summary>
        public string PredictedMaskColumnName = "PredictedMask";

        /// <summary>
        /// The network: a name of <see cref="NetworkCatalog.Names"/>, or <see cref="NetworkOptions.Of"/> a name and the network's options record.
        /// Default "fcn-light".
        /// </summary>
        public NetworkOptions Network = new();

        /// <summary>
        /// How an image becomes the network's input: size, fit, colour space, mean and standard deviation. Columns of planes are seen in their own
        /// colour space, whose name can be left out here.
        /// </summary>
        public InputOptions Input = new();

        /// <summary>
        /// Everything about the training: epochs, batch size, learning rate, optimizer, losses, augmentation, early stopping, weights to start from. The MLContext's
        /// seed, where it has one, stands before <see cref="TrainingOptions.Seed"/>; splits are not read, for the rows are what is trained on.
        /// </summary>
        public TrainingOptions Training = new();

        /// <summary>An exported model's bytes to start from, in place of <see cref="TrainingOptions.StartFrom"/>. Null: none. Default null.</summary>
        public byte[]? StartFromModel;

        /// <summary>
        /// Rows to validate on, with the columns that the training rows have when they get here: masks, not their paths. The best
        /// validation's weights are kept. Null: those of <see cref="ValidationFraction"/>, and without
        /// them the last epoch's weights are kept.
        /// </summary>
        public IDataView? ValidationSet;

        /// <summary>
        /// Where there is no <see cref="ValidationSet"/>: the share of the rows, 0 to below 1, that is held back to validate on. The seed decides
        /// which; above 0, at least one row is held back and one left. Rows that are alike, as frames of one drive are, want a ValidationSet of
        /// other drives instead. Default 0.
        /// </summary>
        public double ValidationFraction;

        /// <summary>
        /// Called after each iteration and each validation, on the training thread. If it throws, training stops and the error names the folder
        /// of the run so far; an <see cref="OperationCanceledException"/> passes as it is.
        /// </summary>
        public Action<TrainingProgress>? MetricsCallback;

        /// <summary>A folder for checkpoints, log, curves and the ONNX file. Null: a temporary one, deleted afterwards.</summary>
        public string? WorkspacePath;

        /// <summary>Whether to go on from the workspace's last checkpoint. Default false.</summary>
        public bool Resume;

        /// <summary>The model's name in its metadata and file name. Default "segmentation".</summary>
        public string ModelName = "segmentation";

        /// <summary>Where to train and score. Null: as MLContext.GpuDeviceId and FallbackToCpu say, and they say CPU unless set.</summary>
        public ComputeDevice? Device;

        /// <summary>Stops the training at its next iteration.</summary>
        public CancellationToken CancellationToken;

        /// <summary>
        /// The options that a pipeline file holds: network, input and training, such as PipelineFile.Read or PipelinePlanner.Plan give them. Its classes
        /// and data are not used: the rows have theirs.
        /// </summary>
        public static Options From(Pipeline pipeline)
        {
            ArgumentNullException.ThrowIfNull(pipeline);
            return new Options { Network = pipeline.Network, Input = pipeline.Input, Training = pipeline.Training };
        }
    }
}
