using SegML.Files;
using SegML.Pipelines;
using SegML.Training.Runs;

namespace SegML.Training.Tuning;

/// <summary>One search: its trials, and how far each has come.</summary>
internal sealed class Search
{
    private readonly Pipeline _pipeline;
    private readonly TuneOptions _tune;
    private readonly string _folder;
    private readonly TunerOptions _options;
    private readonly IProgress<TrialResult>? _progress;
    private readonly SearchSpace _space;
    private readonly MonitoredFigure _monitor;
    private readonly TrialResult[] _trials;
    private readonly Lock _lock = new();

    public Search(Pipeline pipeline, TuneOptions tune, string folder, TunerOptions options, IProgress<TrialResult>? progress)
    {
        (_pipeline, _tune, _folder, _options, _progress) = (pipeline, tune, folder, options, progress);
        _space = new SearchSpace(tune);
        _monitor = MonitoredFigure.Parse(pipeline.Training.Monitor, pipeline.Classes, pipeline.Source);
        _trials = [.. Enumerable.Range(0, tune.Trials).Select(trial => new TrialResult
        {
            Trial = trial,
            RunFolder = TuneFolder.Trial(folder, trial),
            Settings = _space.Draw(trial),
        })];
    }

    public TuningResult Execute(CancellationToken cancellation)
    {
        foreach (Rung rung in Rung.Plan(_tune, _pipeline.Training))
        {
            int[] trials = [.. Leaderboard.Order(_trials.Where(t => t.Fault is null)).Take(rung.Trials).Select(t => t.Trial).Order()];
            Climb(trials, rung.Epochs, cancellation);
        }
        IReadOnlyList<TrialResult> order = Leaderboard.Order(_trials);
        foreach (string cache in Directory.GetFiles(_folder, "samples-*.cache"))
        {
            File.Delete(cache);
        }
        if (order[0].Fault is { } fault)
        {
            throw new SegMLException(_folder, $"has no trial that could be trained; the first ended with: {fault}", "correct the ranges or the pipeline");
        }
        return new TuningResult { Trials = order, BestPipeline = TuneFolder.BestPipeline(_folder), Leaderboard = TuneFolder.Leaderboard(_folder) };
    }

    private void Climb(int[] trials, int epochs, CancellationToken cancellation)
    {
        if (_options.Launch is not { } launch)
        {
            foreach (int trial in trials)
            {
                Climb(trial, epochs, order => Tuner.Train(order, cancellation));
            }
            return;
        }
        // The first failure that is not a trial's own ends the search: what the others do then counts at the next start.
        Parallel.ForEachAsync(trials, new ParallelOptions { MaxDegreeOfParallelism = _options.Jobs, CancellationToken = cancellation }, async (trial, stop) =>
            await Task.Run(() => Climb(trial, epochs, order => launch(order, stop).GetAwaiter().GetResult()), CancellationToken.None).ConfigureAwait(false))
            .GetAwaiter().GetResult();
    }

    private void Climb(int trial, int epochs, Action<TrialOrder> train)
    {
        TrialResult result = _trials[trial] with { Epochs = epochs };
        try
        {
            if (!IsThere(trial, epochs))
            {
                train(new TrialOrder(_folder, trial, epochs, _options.Jobs, _options.Device));
            }
            if (BestUpTo(trial, epochs) is { } best)
            {
                double figure = FigureOf(best);
                result = result with { MeanIoU = best.MeanIoU, Figure = figure, Rank = _monitor.Rank(figure), BestEpoch = best.Epoch };
            }
        }
        catch (TrialException e)
        {
            result = _trials[trial] with { Fault = e.Message };
        }
        lock (_lock)
        {
            _trials[trial] = result;
            IReadOnlyList<TrialResult> order = Leaderboard.Order(_trials);
            Leaderboard.Write(TuneFolder.Leaderboard(_folder), _space.Names, order, _monitor.Name);
            if (order[0].Fault is null && order[0].Epochs > 0)
            {
                AtomicFile.WriteText(TuneFolder.BestPipeline(_folder), PipelineFile.ToJson(Tuner.TrialPipeline(_folder, order[0].Trial)));
            }
            _progress?.Report(result);
        }
    }

    /// <summary>Whether a trial has trained so far already, before the search was resumed.</summary>
    private bool IsThere(int trial, int epochs) =>
        RunFolder.HoldsRun(_trials[trial].RunFolder) && Log(trial).Any(row => row.Epoch == epochs);

    private EpochRecord? BestUpTo(int trial, int epochs) =>
        Log(trial).Where(r => r.Epoch <= epochs && !double.IsNaN(FigureOf(r))).MaxBy(r => _monitor.Rank(FigureOf(r)));

    private double FigureOf(EpochRecord epoch) => _monitor.Of(epoch.PerClassIoU, epoch.ValidationLoss);

    // From the log and not from the checkpoint, which may be further on: a rung's figure is the same whenever it is asked for.
    private IReadOnlyList<EpochRecord> Log(int trial) => TrainingLog.Read(RunFolder.Log(_trials[trial].RunFolder), _pipeline.Classes);
}
