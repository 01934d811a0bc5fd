using System.Diagnostics;
using Hangfire;
using Hangfire.Storage;

namespace SegML.Cluster.Jobs;

/// <summary>Works chunks off until it is disposed. Chunks under way are then given back.</summary>
public sealed class ClusterWorker : IDisposable
{
    private static readonly TimeSpan _mostBetween = TimeSpan.FromSeconds(30);

    private readonly ModelStore _models;
    private readonly BackgroundJobServer _server;
    private readonly ScoringJobs _jobs;

    /// <summary>Begins.</summary>
    /// <param name="storage">The cluster's storage.</param>
    /// <param name="options">Device, threads, chunks at a time; null: the defaults.</param>
    public ClusterWorker(JobStorage storage, SegmentationJobsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(storage);
        options ??= new SegmentationJobsOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ChunksAtATime, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ChunksAtATime, 256, nameof(options));
        _models = new ModelStore(options);
        _jobs = new ScoringJobs(new BackgroundJobClient(storage), storage);
        _server = new BackgroundJobServer(new BackgroundJobServerOptions
        {
            WorkerCount = options.ChunksAtATime,
            Queues = [JobKeys.Queue],
            Activator = new ChunkActivator(_models),
            ShutdownTimeout = TimeSpan.FromSeconds(15),
            SchedulePollingInterval = TimeSpan.FromSeconds(5),
        }, storage);
    }

    /// <summary>Works until there is nothing left to do, or for ever.</summary>
    /// <param name="untilDone">Whether to end once every job that is not cancelled is done or broken.</param>
    /// <param name="progress">Called every few seconds with all jobs.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Run(bool untilDone, IProgress<IReadOnlyList<ScoringJobStatus>>? progress = null, CancellationToken cancellation = default)
    {
        TimeSpan least = TimeSpan.FromSeconds(untilDone ? 0.5 : 5), look = least;
        while (!cancellation.WaitHandle.WaitOne(look))
        {
            if (!untilDone && progress is null)
            {
                continue;
            }
            try
            {
                long start = Stopwatch.GetTimestamp();
                IReadOnlyList<ScoringJobStatus> all = _jobs.All();
                // Looking takes at most a hundredth of the time, from the database too, however many jobs there are.
                look = TimeSpan.FromSeconds(Math.Max(least.TotalSeconds, 100 * Stopwatch.GetElapsedTime(start).TotalSeconds));
                look = look < _mostBetween ? look : _mostBetween;
                progress?.Report(all);
                if (untilDone && all.All(j => j.IsCancelled || j.ChunksDone + j.ChunksBroken >= j.Chunks))
                {
                    return;
                }
            }
            catch (Exception e) when (Outage.Is(e))
            {
                // Hangfire waits for the database by itself; so does this.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server.Dispose();
        _models.Dispose();
    }

    private sealed class ChunkActivator(ModelStore models) : JobActivator
    {
        public override object ActivateJob(Type jobType) => jobType == typeof(ScoringChunk) ? new ScoringChunk(models) : base.ActivateJob(jobType);
    }
}
