using Microsoft.ML;
using SegML.Colors;
using SegML.MLNet;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;
using SegML.Training.Loop;

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

        /// <summary>The network, one of NetworkCatalog.Names. Default "fcn-light".</summary>
        public string Network = "fcn-light";

        /// <summary>Passes over the rows, at least 1. Default 100.</summary>
        public int Epochs = 100;

        /// <summary>Samples an iteration, at least 1; no more than there are rows. Default 8.</summary>
        public int BatchSize = 8;

        /// <summary>Peak learning rate, above 0. Default 2e-3.</summary>
        public double LearningRate = 2e-3;

        /// <summary>The network's reference width in pixels. Default 480.</summary>
        public int InputWidth = 480;

        /// <summary>The network's reference height in pixels. Default 360.</summary>
        public int InputHeight = 360;

        /// <summary>The colour space that the network sees, of images as they are. Planes are seen in their own space. Default RGB.</summary>
        public ColorSpace ColorSpace = ColorSpace.Rgb;

        /// <summary>
        /// Input, network and training as a whole, such as PipelineFile.Read or PipelinePlanner.Plan give them; <see cref="Network"/>, <see cref="Epochs"/>,
        /// <see cref="BatchSize"/>, <see cref="LearningRate"/>, <see cref="InputWidth"/>, <see cref="InputHeight"/>, <see cref="ColorSpace"/> and
        /// <see cref="Training"/> are not read then, and <see cref="EarlyStopping"/> only where it is set. Its classes and data are not used: the rows have theirs.
        /// Null: the fields. Default null.
        /// </summary>
        public Pipeline? Pipeline;

        /// <summary>The other options of training: optimizer, schedule, augmentation. What has a field here is not taken from it.</summary>
        public TrainingOptions Training = new();

        /// <summary>
        /// What the weights start from, for fine-tuning: a run's folder, a checkpoint (.dat) or an exported model (.onnx); see
        /// <see cref="TrainingOptions.StartFrom"/>. Null: <see cref="StartFromModel"/>, else the training options' own. Default null.
        /// </summary>
        public string? StartFrom;

        /// <summary>An exported model's bytes to start from, in place of <see cref="StartFrom"/>. Null: none. Default null.</summary>
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

        /// <summary>Ends the training when validations get no better. Needs validation rows. Null: never. Default null.</summary>
        public EarlyStoppingOptions? EarlyStopping;

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
    }
}
