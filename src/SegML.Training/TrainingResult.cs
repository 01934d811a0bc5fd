using SegML.Evaluation;
using SegML.Training.Runs;

namespace SegML.Training;

/// <summary>What a finished run gives.</summary>
public sealed record TrainingResult
{
    /// <summary>The run folder: pipeline.json, log.csv, curves.png, events.out.tfevents.segml, samples, sessions.json, best.dat, best.json,
    /// last.dat, last.json.</summary>
    public required string RunFolder { get; init; }

    /// <summary>Epochs done.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether <see cref="SegML.Pipelines.TrainingOptions.EarlyStopping"/> ended the run before its last epoch.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>The epoch of best.dat, from 1.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The figure that decided which epoch is best (training.monitor): "mean IoU", "IoU pole", "loss".</summary>
    public required string Monitor { get; init; }

    /// <summary>That epoch's figure; NaN where there was no validation.</summary>
    public required double BestFigure { get; init; }

    /// <summary>The best validation's mean IoU, 0-1; NaN where there was no validation.</summary>
    public required double BestMeanIoU { get; init; }

    /// <summary>Figures of the last validation; null where there was none in this process.</summary>
    public SegmentationMetrics? LastValidation { get; init; }

    /// <summary>The most memory that this process has held so far (peak resident set), in megabytes of 2^20 bytes.</summary>
    public required double PeakMemory { get; init; }

    /// <summary>The time that this process trained.</summary>
    public required TimeSpan Elapsed { get; init; }
}
