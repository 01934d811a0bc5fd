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
}
