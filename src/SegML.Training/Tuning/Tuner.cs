using SegML.Datasets;
using SegML.Files;
using SegML.Pipelines;

namespace SegML.Training.Tuning;

/// <summary>
/// Searches a pipeline's options: random search (Bergstra and Bengio 2012) or successive halving (Jamieson and Talwalkar 2016,
/// https://arxiv.org/abs/1502.07943). Trials are compared on the split "val"; the split "test" is never read.
/// </summary>
public static class Tuner
{
    /// <summary>
    /// Searches. Each trial is a training run below the folder, whose learning rate falls over all epochs from the start, however early it
    /// is left. What a trial's values are follows from the search's seed and the trial's number, and what it reaches is in its run's
    /// log, so that a search that was stopped goes on where it was and ends with the same leaderboard.
    /// </summary>
    /// <param name="pipeline">What is searched, with its tune part.</param>
    /// <param name="folder">Receives trial-000 and so on, leaderboard.csv and best.json after every trial, and tune.json.</param>
    /// <param name="options">How to carry it out.</param>
    /// <param name="progress">Called after each trial of a rung.</param>
    /// <param name="cancellation">Stops all trials at their next iteration, with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="PipelineFormatException">The tune part is missing, or a range does not fit its option.</exception>
    /// <exception cref="OutputException">The folder holds a search and resuming was not asked for, or it cannot be written.</exception>
    /// <exception cref="ModelFormatException">The search to resume is of another pipeline.</exception>
    /// <exception cref="SegMLException">No trial could be trained.</exception>
    public static TuningResult Run(
        Pipeline pipeline, string folder, TunerOptions? options = null, IProgress<TrialResult>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new TunerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Jobs, 1);
        if (options.Jobs > 1 && options.Launch is null)
        {
            throw new ArgumentException("several trials at a time need processes of their own: set Launch", nameof(options));
        }
        TuneOptions tune = pipeline.Tune ?? throw new PipelineFormatException(pipeline.Source, "has no tune part",
            "add one: \"tune\": { \"ranges\": { \"training.learningRate\": { \"min\": 1e-4, \"max\": 1e-2, \"log\": true } } }");
        if (!pipeline.HasValidation())
        {
            throw new PipelineFormatException(pipeline.Source, "has no split \"val\" apart from what is trained on, by which trials are compared",
                "add one to data.splits, and leave it out of training.splits");
        }
        bool isOwn = File.Exists(TuneFolder.Search(folder));
        using IDisposable protection = SourceFiles.Protect(PipelineSources.All(pipeline).Where(f => !isOwn || f != pipeline.Source),
            isOwn ? [] : [TuneFolder.Search(folder), TuneFolder.Leaderboard(folder), TuneFolder.BestPipeline(folder)]);
        Open(pipeline, folder, options.Resume);
        new SearchSpace(tune).Check(TuneFolder.Search(folder));
        return new Search(pipeline, tune, folder, options, progress).Execute(cancellation);
    }

    /// <summary>Trains one trial of a search up to an epoch, from where it is: what a process of <see cref="TunerOptions.Launch"/> does.</summary>
    /// <param name="order">Which trial, and how far.</param>
    /// <param name="cancellation">Stops at the next iteration, with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="TrialException">The trial cannot be trained with its values.</exception>
    /// <exception cref="SegMLException">No trial can.</exception>
    public static void Train(TrialOrder order, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        Pipeline pipeline = TrialPipeline(order.Folder, order.Trial);
        try
        {
            Trainer.Train(pipeline, TuneFolder.Trial(order.Folder, order.Trial), new TrainerOptions
            {
                Resume = true,
                Device = order.Device,
                StopAfter = order.Epochs,
                SamplesEvery = 0,
                // Memory is shared by those that run together; samples that it does not hold are in one file for all.
                CacheBytes = Math.Max(1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2 / order.Jobs),
                CacheFolder = order.Folder,
            }, null, cancellation);
        }
        // A full disk, missing data or device are not the trial's: the others would meet them too.
        catch (SegMLException e) when (e is not (OutputException or DatasetException or DeviceException or ImageFormatException or MaskFormatException))
        {
            throw new TrialException(e.Subject, e.Fault, e.Fix, e);
        }
    }

    /// <summary>A trial's pipeline: the search's, with the trial's values and without its tune part.</summary>
    internal static Pipeline TrialPipeline(string folder, int trial)
    {
        string path = TuneFolder.Search(folder);
        Pipeline search = PipelineFile.Read(path);
        return PipelineFile.Read(path, settings: new SearchSpace(search.Tune!).Draw(trial)) with { Tune = null };
    }

    private static void Open(Pipeline pipeline, string folder, bool resume)
    {
        string path = TuneFolder.Search(folder);
        if (File.Exists(path))
        {
            if (!resume)
            {
                throw new OutputException(folder, "already holds a search", "pass --resume to go on with it, or choose another folder");
            }
            if (Recipe(PipelineFile.Read(path)) != Recipe(pipeline))
            {
                throw new ModelFormatException(folder, "holds a search of another pipeline, or over other ranges",
                    "resume with the same pipeline and settings (only tune.trials may be changed), or choose another folder");
            }
        }
        AtomicFile.WriteText(path, PipelineFile.ToJson(pipeline));

        static string Recipe(Pipeline of) => PipelineFile.ToJson(of with { Tune = of.Tune! with { Trials = 1 } });
    }
}
