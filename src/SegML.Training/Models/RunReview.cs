using SegML.Datasets;
using SegML.Evaluation;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;
using SegML.Training.Networks;
using SegML.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Training.Models;

/// <summary>A run's best checkpoint, looked at closely on a split: figures, calibration, and the images it does best and worst on.</summary>
public sealed class RunReview
{
    private readonly SegmentationNetwork _network;
    private readonly InputOptions _input;
    private readonly ClassSet _classes;
    private readonly Device _device;
    private readonly SegmentationEvaluator _evaluator;
    private float[] _scores = [];

    private RunReview(SegmentationNetwork network, Pipeline pipeline, Device device)
    {
        _network = network;
        _input = pipeline.Input;
        _classes = pipeline.Classes;
        _device = device;
        _evaluator = new SegmentationEvaluator(pipeline.Classes);
    }

    /// <summary>The figures over all images.</summary>
    public SegmentationMetrics Metrics => _evaluator.ToMetrics();

    /// <summary>Whether probabilities mean what they say, over all images.</summary>
    public Calibration Calibration { get; } = new();

    /// <summary>The images with the greatest mean IoU, the greatest first.</summary>
    public IReadOnlyList<ReviewedImage> Best { get; private set; } = [];

    /// <summary>The images with the least mean IoU, the least first; none that is among the best.</summary>
    public IReadOnlyList<ReviewedImage> Worst { get; private set; } = [];

    /// <summary>Reviews a run.</summary>
    /// <param name="runFolder">The run.</param>
    /// <param name="split">The split's name: "val".</param>
    /// <param name="shown">How many images to keep of the best, and of the worst. At least 0.</param>
    /// <param name="dataRoot">Replaces the data root that the run was trained with. Null: that one.</param>
    /// <param name="device">Where the network is computed.</param>
    /// <param name="progress">Receives the number of images done and the number of all.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <exception cref="SegMLException">The run or the data cannot be read.</exception>
    public static RunReview Of(string runFolder, string split, int shown, string? dataRoot = null, ComputeDevice device = ComputeDevice.Auto,
        IProgress<(int Done, int All)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentOutOfRangeException.ThrowIfNegative(shown);
        Device on = TorchDevice.Choose(device);
        Pipeline pipeline = RunFolder.ReadPipeline(runFolder, dataRoot);
        IReadOnlyList<DatasetItem> items = Dataset.List(pipeline, split);
        using SegmentationNetwork network = RunFolder.ReadBest(runFolder, pipeline);
        network.to(on);
        var review = new RunReview(network, pipeline, on);
        var figures = new List<(DatasetItem Item, SegmentationMetrics Metrics)>();
        for (int i = 0; i < items.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            figures.Add((items[i], review.Add(items[i])));
            progress?.Report((i + 1, items.Count));
        }
        // An image of ignored pixels alone has no figure.
        (DatasetItem Item, SegmentationMetrics Metrics)[] ranked = [.. figures.Where(f => !double.IsNaN(f.Metrics.MeanIoU)).OrderByDescending(f => f.Metrics.MeanIoU)];
        review.Best = [.. ranked.Take(shown).Select(review.Look)];
        review.Worst = [.. ranked.Skip(shown).Reverse().Take(shown).Select(review.Look)];
        return review;
    }

    /// <summary>Counts an image.</summary>
    /// <returns>Its own figures.</returns>
    private SegmentationMetrics Add(DatasetItem item)
    {
        using NetworkImage image = NetworkImage.Read(item.ImagePath, _input);
        using SegmentationMask truth = item.ReadMask(_classes), predicted = SegmentationMask.Rent(image.Width, image.Height, _classes);
        ModelEvaluation.Compute(_network, image, _input, _device, (logits, height, width) =>
        {
            new LogitsView(logits, _classes.Count, height, width).Classify(_classes, predicted.Ids, image.Height, image.Width);
            if (_classes.IsMultiLabel)
            {
                // Calibration is of a pixel's one class.
                return;
            }
            int size = checked(_classes.Count * image.Width * image.Height);
            if (_scores.Length < size)
            {
                _scores = new float[size];
            }
            Span<float> scores = _scores.AsSpan(0, size);
            Logits.Softmax(logits, _classes.Count, height, width, scores, image.Height, image.Width);
            Calibration.Add(truth.Ids, scores);
        });
        _evaluator.Add(truth, predicted);
        var own = new SegmentationEvaluator(_classes) { MeasuresObjects = false };
        own.Add(truth, predicted);
        return own.ToMetrics();
    }

    private ReviewedImage Look((DatasetItem Item, SegmentationMetrics Metrics) figure)
    {
        using NetworkImage image = NetworkImage.Read(figure.Item.ImagePath, _input);
        return new ReviewedImage(figure.Item, figure.Metrics.MeanIoU, figure.Metrics.PixelAccuracy, figure.Item.ReadMask(_classes),
            ModelEvaluation.Predict(_network, image, _input, _classes, _device));
    }
}

/// <summary>An image of a <see cref="RunReview"/>.</summary>
/// <param name="Item">Image and mask.</param>
/// <param name="MeanIoU">Mean IoU over the classes that occur in its truth or prediction, 0-1.</param>
/// <param name="PixelAccuracy">Share of its pixels that are right, 0-1.</param>
/// <param name="Truth">The true mask.</param>
/// <param name="Predicted">The predicted mask, of the same size.</param>
public sealed record ReviewedImage(DatasetItem Item, double MeanIoU, double PixelAccuracy, SegmentationMask Truth, SegmentationMask Predicted);
