using System.Globalization;
using SegML.Evaluation;

namespace SegML.Training;

/// <summary>Where a run stands; reported after each iteration and each validation.</summary>
public sealed record TrainingProgress
{
    /// <summary>The epoch under way, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Iterations done in the whole run.</summary>
    public required int Iteration { get; init; }

    /// <summary>Iterations of the whole run.</summary>
    public required int Iterations { get; init; }

    /// <summary>Mean loss of the epoch so far.</summary>
    public required double Loss { get; init; }

    /// <summary>The last step's learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training samples a second since this process started or resumed the run.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Time since this process started or resumed the run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The time that is left at this pace.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>In the first report: what about the samples should be known, a sentence each, such as a class that never occurs. Else empty.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The validation's figures, in the report that follows one; else null.</summary>
    public SegmentationMetrics? Validation { get; init; }

    /// <summary>The validation's mean IoU, 0-1, in the report that follows one; else null.</summary>
    public double? MeanIoU => Validation?.MeanIoU;

    /// <summary>The name of the figure that decides which epoch is best (training.monitor): "mean IoU", "IoU pole", "loss".</summary>
    public string Monitor { get; init; } = "mean IoU";

    /// <summary>The validation's figure of <see cref="Monitor"/>, in the report that follows one; else null.</summary>
    public double? Figure { get; init; }

    /// <summary>The best figure so far; null before the first validation.</summary>
    public double? BestFigure { get; init; }

    /// <summary>The validation's mean loss over its images, in the report that follows one; else null.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The best validation's mean IoU so far, 0-1; null before the first.</summary>
    public double? BestMeanIoU { get; init; }

    /// <summary>
    /// One line: <c>epoch 3/60, iteration 120/2400, loss 0.4321, learning rate 0.0018, 12.3 images/s, 0:12:34 left</c>, and after a validation its
    /// figures: <c>, val loss 0.3955, val mean IoU 0.6120 (best 0.6120)</c>.
    /// </summary>
    public override string ToString()
    {
        string line = string.Create(CultureInfo.InvariantCulture,
            $"epoch {Epoch}/{Epochs}, iteration {Iteration}/{Iterations}, loss {Loss:0.0000}, learning rate {LearningRate:0.0#####}, {ImagesPerSecond:0.0} images/s, {(int)Remaining.TotalHours}:{Remaining:mm\\:ss} left");
        return Figure is null ? line
            : line + string.Create(CultureInfo.InvariantCulture, $", val loss {ValidationLoss:0.0000}, val {Monitor} {Figure:0.0000} (best {BestFigure:0.0000})");
    }
}
