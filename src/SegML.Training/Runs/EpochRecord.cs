namespace SegML.Training.Runs;

/// <summary>An epoch's figures: a row of log.csv.</summary>
public sealed record EpochRecord
{
    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Iterations done in the whole run.</summary>
    public required int Iteration { get; init; }

    /// <summary>The last step's learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean training loss.</summary>
    public required double Loss { get; init; }

    /// <summary>Seconds of training and validation.</summary>
    public required double Seconds { get; init; }

    /// <summary>The validation's mean IoU, 0-1; NaN where there was none.</summary>
    public double MeanIoU { get; init; } = double.NaN;

    /// <summary>The validation's pixel accuracy, 0-1; NaN where there was none.</summary>
    public double PixelAccuracy { get; init; } = double.NaN;

    /// <summary>The validation's mean loss over its images, as the exported network has it; NaN where there was none.</summary>
    public double ValidationLoss { get; init; } = double.NaN;

    /// <summary>When the epoch ended, UTC to the second; null in logs of earlier versions.</summary>
    public DateTime? Ended { get; init; }

    /// <summary>Seconds of validation and sample predictions alone.</summary>
    public double ValidationSeconds { get; init; }

    /// <summary>The most memory that the process had held by then (peak resident set), in megabytes of 2^20 bytes; 0 where not known.</summary>
    public double PeakMemory { get; init; }

    /// <summary>The validation's IoU by class id, 0-1, NaN for a class that does not occur; empty where there was no validation.</summary>
    public IReadOnlyList<double> PerClassIoU { get; init; } = [];
}
