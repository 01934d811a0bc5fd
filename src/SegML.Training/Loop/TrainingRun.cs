using SegML.Evaluation;
using SegML.Pipelines;
using SegML.Training.Models;
using SegML.Training.Ranks;
using SegML.Training.Runs;

namespace SegML.Training.Loop;

/// <summary>The training loop: epochs, validations, checkpoints. <see cref="RunBuilder"/> builds what it works with.</summary>
/// <param name="parts">What the run owns.</param>
internal sealed class TrainingRun(OwnedParts parts) : IDisposable
{
    public required Pipeline Pipeline { get; init; }

    public required string Folder { get; init; }

    public required RunNetworks Networks { get; init; }

    public required EpochTraining Epochs { get; init; }

    public required RunValidation? Validation { get; init; }

    public required MonitoredFigure Monitor { get; init; }

    public required LogitAdjustment Adjustment { get; init; }

    public required Checkpoint Checkpoint { get; init; }

    public required EarlyStopping Stopping { get; init; }

    /// <summary>Null in processes that do not write the run.</summary>
    public required RunRecorder? Recorder { get; init; }

    /// <summary>The processes that train together. The first one writes.</summary>
    public required IAllReduce Ranks { get; init; }

    public required RunPace Pace { get; init; }

    /// <summary>The epoch, from 1, after which this process stops.</summary>
    public required int StopAfter { get; init; }

    /// <summary>What the first report says.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Removes what only a run that goes on needs.</summary>
    public required Action Complete { get; init; }

    private TrainingOptions Training => Pipeline.Training;

    private bool Writes => Ranks.Rank == 0;

    /// <summary>Trains until the run's end, an early stop or <see cref="StopAfter"/>.</summary>
    public TrainingResult Execute(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Pace.Start();
        Write(() => Checkpoint.Begin(Folder, Pipeline));
        bool fineTunes = Checkpoint.Epoch == 0 && Networks.Start is not null && Validation is not null;
        IReadOnlyList<string> notes = fineTunes ? [.. Notes, Validation!.MeasureStart(cancellation)] : Notes;
        SegmentationMetrics? metrics = null;
        while (Checkpoint.Epoch < StopAfter && !Stopping.IsReached)
        {
            TimeSpan started = Pace.Elapsed;
            int epoch = Checkpoint.Epoch + 1;
            double loss = Epochs.Run(Checkpoint.Epoch, Trained, cancellation);
            if (Ranks.Count > 1 && !Ranks.AllHave(Checkpoint.Checksum()))
            {
                throw new SegMLException(Pipeline.Source, $"has other weights in one process than in another after epoch {epoch}",
                    "start the same build on processors of the same kind, and go on with --resume from the epoch before");
            }
            TimeSpan trained = Pace.Elapsed;
            Checkpoint.Epoch = epoch;
            bool last = epoch == Training.Epochs;
            ValidationFigures? found;
            using (Adjustment.Apply())
            {
                found = Validation is not null && (last || epoch % Training.ValidateEvery == 0) ? Validate(cancellation) : null;
                KeepBest(found, last);
                Recorder?.Sample(Networks.Average, epoch, last);
                Write(() => Checkpoint.Keep(Folder, Training.KeepCheckpoints));
            }
            metrics = found?.Metrics ?? metrics;
            Record(loss, found, started, trained);
            Write(() => Checkpoint.WriteLast(Folder, Pipeline));
            if (found is not null || last)
            {
                Recorder?.Draw();
                progress?.Report(Pace.At(epoch, epoch * Epochs.Batches, loss) with { Validation = found?.Metrics, ValidationLoss = found?.Loss, Figure = found?.Figure });
            }

            void Trained(int iteration, double soFar)
            {
                Pace.Count();
                progress?.Report(Pace.At(epoch, iteration, soFar) with { Notes = notes });
                notes = [];
            }
        }
        return Result(metrics);
    }

    /// <summary>Disposes everything that the run was built of.</summary>
    public void Dispose()
    {
        parts.Dispose();
        if (Checkpoint.Epoch == Training.Epochs || Stopping.IsReached)
        {
            Complete();
        }
    }

    // What cannot be written ends all processes: the others would train for nothing.
    private void Write(Action write) => Ranks.Together(() =>
    {
        if (Writes)
        {
            write();
        }
        return true;
    });

    private ValidationFigures Validate(CancellationToken cancellation)
    {
        try
        {
            return Validation!.Measure(cancellation);
        }
        catch (ModelFormatException e)
        {
            // Finite weights may be so large that scores are not. This epoch's checkpoint is not written yet.
            throw Epochs.Diverged("scores that are not finite numbers", Checkpoint.Epoch * Epochs.Batches - 1, Checkpoint.Epoch - 1, e);
        }
    }

    private void KeepBest(ValidationFigures? found, bool last)
    {
        double rank = found is null ? double.NaN : Monitor.Rank(found.Figure);
        if (found is not null)
        {
            Stopping.Validated(rank);
        }
        // Written so that the first is the best whatever its figure is; without validations, the last epoch is.
        if (found is not null ? !(rank <= Checkpoint.BestRank) : Validation is null && last)
        {
            Checkpoint.BestEpoch = Checkpoint.Epoch;
            Checkpoint.BestRank = rank;
            Checkpoint.BestMeanIoU = found?.Metrics.MeanIoU ?? double.NaN;
            Write(() => Checkpoint.WriteBest(Folder, Pipeline, found?.Metrics, found is null ? null : (Monitor.Name, found.Figure)));
        }
    }

    private void Record(double loss, ValidationFigures? found, TimeSpan started, TimeSpan trained)
    {
        int iteration = Checkpoint.Epoch * Epochs.Batches;
        Recorder?.Add(new EpochRecord
        {
            Epoch = Checkpoint.Epoch,
            Iteration = iteration,
            LearningRate = Epochs.LearningRateAt(iteration - 1),
            Loss = loss,
            Seconds = (Pace.Elapsed - started).TotalSeconds,
            MeanIoU = found?.Metrics.MeanIoU ?? double.NaN,
            PixelAccuracy = found?.Metrics.PixelAccuracy ?? double.NaN,
            Ended = DateTime.UtcNow,
            ValidationSeconds = (Pace.Elapsed - trained).TotalSeconds,
            PeakMemory = MachineState.PeakMemory(),
            ValidationLoss = found?.Loss ?? double.NaN,
            PerClassIoU = found?.Metrics.PerClassIoU ?? [],
        });
    }

    private TrainingResult Result(SegmentationMetrics? metrics) => new()
    {
        RunFolder = Folder,
        Epochs = Checkpoint.Epoch,
        StoppedEarly = Checkpoint.Epoch < Training.Epochs && Stopping.IsReached,
        BestEpoch = Checkpoint.BestEpoch,
        Monitor = Monitor.Name,
        BestFigure = Monitor.Rank(Checkpoint.BestRank),
        BestMeanIoU = Checkpoint.BestMeanIoU,
        LastValidation = metrics,
        PeakMemory = MachineState.PeakMemory(),
        Elapsed = Pace.Elapsed,
    };
}
