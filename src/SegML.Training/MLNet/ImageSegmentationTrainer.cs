using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training;

namespace SegML.MLNet;

/// <summary>
/// Trains a segmentation network with TorchSharp; the fitted transformer scores it through ONNX Runtime, so that an app
/// that loads it needs SegML alone. See <c>ml.MulticlassClassification.Trainers.ImageSegmentation</c>.
/// </summary>
public sealed partial class ImageSegmentationTrainer : IEstimator<ApplySegmentationModelTransformer>
{
    private readonly IHostEnvironment _environment;
    private readonly Options _options;
    private readonly InputColumn _image, _mask;

    internal ImageSegmentationTrainer(IHostEnvironment environment, Options options)
    {
        _environment = environment;
        _options = options;
        _image = new InputColumn(options.FeatureColumnName, type => InputColumn.IsImage(type) || InputColumn.IsText(type),
            "images (from LoadImages or an MLImage property) or text (paths of images)");
        _mask = InputColumn.Mask(options.LabelColumnName);
    }

    /// <summary>Trains, exports to ONNX, checks the export against TorchSharp, and returns what scores it.</summary>
    /// <param name="input">
    /// The training rows, read once. Images that come as paths are read again when training needs them; others are kept in memory
    /// at the network's input size.
    /// </param>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    /// <exception cref="DatasetException">There are no rows.</exception>
    /// <exception cref="OperationCanceledException">The options' token stopped it; a workspace keeps the last checkpoint.</exception>
    public ApplySegmentationModelTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        (int? seed, int? gpu, bool fallback) = MLNetInternals.SettingsOf(_environment);
        InputOptions size = new() { Width = _options.InputWidth, Height = _options.InputHeight };
        size.Validate(nameof(ImageSegmentationTrainer));
        using var train = RowSamples.Read(input, _image, _mask, size, _options.CancellationToken);
        using RowSamples? validation = _options.ValidationSet is { } rows
            ? RowSamples.Read(rows, _image, _mask, shrink: null, _options.CancellationToken)
            : null;
        var pipeline = new Pipeline
        {
            Name = _options.ModelName,
            Classes = train.Classes,
            Input = size,
            Network = new NetworkOptions { Name = _options.Network },
            Training = _options.Training with
            {
                Epochs = _options.Epochs,
                BatchSize = Math.Min(_options.BatchSize, train.Source.Count),
                LearningRate = _options.LearningRate,
                Seed = seed ?? _options.Training.Seed,
            },
            Source = nameof(ImageSegmentationTrainer),
        };
        var trainer = new TrainerOptions { Resume = _options.Resume, Device = _options.Device ?? DeviceOf(gpu, fallback) };

        string? temporary = _options.WorkspacePath is null ? Directory.CreateTempSubdirectory("segml-").FullName : null;
        try
        {
            string run = _options.WorkspacePath ?? Path.Combine(temporary!, "run");
            using IChannel channel = _environment.Start(nameof(ImageSegmentationTrainer));
            Trainer.Train(pipeline, train.Source, validation?.Source, run, trainer, new Reporter(channel, _options.MetricsCallback),
                _options.CancellationToken);
            string model = Path.Combine(run, _options.ModelName + ".onnx");
            ModelExport.Export(run, model);
            return new ApplySegmentationModelTransformer(_options.PredictedMaskColumnName, _options.FeatureColumnName,
                File.ReadAllBytes(model), _options.ModelName, new SegmenterOptions { Device = trainer.Device });
        }
        finally
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>The shape of the scored data: the input's columns and the predicted masks.</summary>
    /// <exception cref="SchemaException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _image.In(inputSchema, nameof(ImageSegmentationTrainer));
        _mask.In(inputSchema, nameof(ImageSegmentationTrainer));
        return ApplySegmentationModelTransformer.AppendTo(inputSchema, _options.PredictedMaskColumnName);
    }

    // As in the rest of ML.NET: no GPU id means the CPU.
    private static ComputeDevice DeviceOf(int? gpu, bool fallback) =>
        gpu is null ? ComputeDevice.Cpu : fallback ? ComputeDevice.Auto : ComputeDevice.Cuda;

    /// <summary>Passes progress on to the user's callback, and epochs and validations to MLContext.Log.</summary>
    private sealed class Reporter(IChannel channel, Action<TrainingProgress>? callback) : IProgress<TrainingProgress>
    {
        private int _epoch;

        public void Report(TrainingProgress value)
        {
            callback?.Invoke(value);
            if (value.MeanIoU is null && value.Epoch == _epoch)
            {
                return;
            }
            _epoch = value.Epoch;
            string figure = value.MeanIoU is { } iou ? FormattableString.Invariant($", validation mean IoU {iou:0.0000}") : "";
            MLNetInternals.Info(channel, FormattableString.Invariant($"epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:0.0000}{figure}"));
        }
    }
}
