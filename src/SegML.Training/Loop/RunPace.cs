using System.Diagnostics;
using SegML.Pipelines;
using SegML.Training.Runs;

namespace SegML.Training.Loop;

/// <summary>A run's clock, and what it says of the way that is left.</summary>
internal sealed class RunPace(Pipeline pipeline, EpochTraining epochs, Checkpoint checkpoint, MonitoredFigure monitor)
{
    private readonly Stopwatch _clock = new();
    private int _imagesHere;

    /// <summary>The time that this process has trained.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Starts the clock.</summary>
    public void Start() => _clock.Start();

    /// <summary>Counts an iteration's samples.</summary>
    public void Count() => _imagesHere += epochs.BatchSize;

    /// <summary>Where the run stands.</summary>
    /// <param name="epoch">The epoch under way, from 1.</param>
    /// <param name="iteration">Iterations done in the whole run.</param>
    /// <param name="loss">Mean loss of the epoch so far.</param>
    public TrainingProgress At(int epoch, int iteration, double loss)
    {
        double pace = _imagesHere / Math.Max(_clock.Elapsed.TotalSeconds, 1e-3);
        double left = (double)(epochs.Iterations - iteration) * epochs.BatchSize;
        return new TrainingProgress
        {
            Epoch = epoch,
            Epochs = pipeline.Training.Epochs,
            Iteration = iteration,
            Iterations = epochs.Iterations,
            Loss = loss,
            LearningRate = epochs.LearningRateAt(iteration - 1),
            ImagesPerSecond = pace,
            Elapsed = _clock.Elapsed,
            Remaining = pace > 0 ? TimeSpan.FromSeconds(left / pace) : TimeSpan.Zero,
            Monitor = monitor.Name,
            BestFigure = double.IsNaN(checkpoint.BestRank) ? null : monitor.Rank(checkpoint.BestRank),
            BestMeanIoU = double.IsNaN(checkpoint.BestMeanIoU) ? null : checkpoint.BestMeanIoU,
        };
    }
}
