using Microsoft.ML.Runtime;
using SegML.MLNet;
using SegML.Training;

namespace SegML.Training.MLNet;

/// <summary>What a fit has of its MLContext: the log, a progress channel, and ML.NET's own word to stop beside the user's token.</summary>
internal sealed class TrainerHost : IDisposable
{
    // Kept: the environment holds its hosts by weak references, and tells them to stop.
    private readonly IHost _host;
    private readonly IChannel _channel;
    private readonly IProgressChannel _progress;
    private readonly CancellationTokenSource _stop;
    private TrainingProgress? _last;

    public TrainerHost(IHostEnvironment environment, string name, CancellationToken cancellation)
    {
        _host = environment.Register(name);
        _channel = _host.Start(name);
        _progress = _host.StartProgressChannel(name);
        _progress.SetHeader(new ProgressHeader(["loss", "mean IoU"], ["epochs", "iterations"]), Fill);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>Cancelled by the user's token, and by <see cref="Poll"/>.</summary>
    public CancellationToken Cancellation => _stop.Token;

    /// <summary>Asks ML.NET whether to stop, which it does not tell by itself.</summary>
    public void Poll()
    {
        if (MLNetInternals.IsCanceled(_host))
        {
            _stop.Cancel();
        }
    }

    /// <summary>Shows progress: always in the progress channel, epochs and validations in MLContext.Log.</summary>
    public void Show(TrainingProgress progress)
    {
        foreach (string note in progress.Notes)
        {
            Info(note);
        }
        bool isNew = progress.Validation is not null || progress.Epoch != _last?.Epoch;
        _last = progress;
        if (!isNew)
        {
            return;
        }
        Info(progress.ToString());
        // Checkpoints stay in memory until someone reads them: one an epoch, not one an iteration.
        _progress.Checkpoint(progress.Loss, progress.MeanIoU, progress.Epoch, progress.Iteration, progress.Epochs, progress.Iterations);
    }

    /// <summary>Writes a line to MLContext.Log.</summary>
    public void Info(string line) => MLNetInternals.Info(_channel, line);

    public void Dispose()
    {
        _progress.Dispose();
        _channel.Dispose();
        _stop.Dispose();
    }

    /// <summary>ML.NET calls it, on a thread of its own, when someone looks.</summary>
    private void Fill(IProgressEntry entry)
    {
        if (_last is { } last)
        {
            entry.SetMetric(0, last.Loss);
            if (last.BestMeanIoU is { } best)
            {
                entry.SetMetric(1, best);
            }
            entry.SetProgress(0, last.Epoch, last.Epochs);
            entry.SetProgress(1, last.Iteration, last.Iterations);
        }
    }
}
