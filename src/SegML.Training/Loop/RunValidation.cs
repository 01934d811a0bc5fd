using System.Globalization;
using SegML.Evaluation;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Models;
using SegML.Training.Networks;
using SegML.Training.Ranks;
using static TorchSharp.torch;

namespace SegML.Training.Loop;

/// <summary>Measures a run's average network on the validation samples.</summary>
internal sealed class RunValidation(
    Pipeline pipeline, SampleSource samples, SegmentationNetwork average, SegmentationLoss loss, MonitoredFigure monitor, Device device, IAllReduce ranks)
{
    /// <summary>Scores every sample.</summary>
    public ValidationFigures Measure(CancellationToken cancellation)
    {
        (SegmentationMetrics metrics, double mean) = ModelEvaluation.EvaluateWithLoss(average, samples, pipeline.Input, pipeline.Classes, device, loss, ranks, cancellation);
        return new ValidationFigures(metrics, mean, monitor.Of(metrics.PerClassIoU, mean));
    }

    /// <summary>What a network that starts from another's weights is worth before its first step, a sentence.</summary>
    public string MeasureStart(CancellationToken cancellation)
    {
        SegmentationMetrics metrics = ModelEvaluation.Evaluate(average, samples, pipeline.Input, pipeline.Classes, device, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"val mean IoU {metrics.MeanIoU:0.0000} before the first step");
    }
}

/// <summary>What a validation found.</summary>
/// <param name="Metrics">Its figures.</param>
/// <param name="Loss">The mean loss over the images.</param>
/// <param name="Figure">What training.monitor names.</param>
internal sealed record ValidationFigures(SegmentationMetrics Metrics, double Loss, double Figure);
