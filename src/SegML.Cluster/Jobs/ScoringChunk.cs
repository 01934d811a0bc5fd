using System.Collections.Concurrent;
using System.Diagnostics;
using Hangfire;
using Hangfire.Server;
using Hangfire.Storage;
using SegML.Batches;
using SegML.Cluster.Orders;
using SegML.Scoring;

namespace SegML.Cluster.Jobs;

/// <summary>What Hangfire runs for each chunk of a job.</summary>
[Queue(JobKeys.Queue)]
[AutomaticRetry(Attempts = Attempts, DelaysInSeconds = [5, 30, 120, 300])]
[ChunkLedger]
public sealed class ScoringChunk
{
    /// <summary>Retries of a chunk, after 5 seconds to 5 minutes, before what still fails is listed.</summary>
    public const int Attempts = 4;

    private static readonly TimeSpan _looksEvery = TimeSpan.FromSeconds(5);
    private static readonly ConcurrentDictionary<string, (ScoringOrder Order, OrderFolder Folder)> _orders = new(StringComparer.Ordinal);

    private readonly ModelStore _models;

    internal ScoringChunk(ModelStore models) => _models = models;

    /// <summary>Scores a chunk.</summary>
    /// <param name="job">The job.</param>
    /// <param name="chunk">Which chunk, from 0.</param>
    /// <param name="offset">Where its images begin in the job's list, in bytes.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="again">Whether the chunk was enqueued before, and is to be looked at once more.</param>
    /// <param name="context">Hangfire's.</param>
    /// <param name="stop">Stops: the worker ends, or the chunk is no longer its own.</param>
    /// <returns>What there is to say; null where all images have results.</returns>
    public ChunkReport? Run(string job, long chunk, long offset, long end, int count, bool again, PerformContext? context, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(context);
        var keys = new JobKeys(job);
        if (IsCancelled(context.Connection, keys))
        {
            return new ChunkReport { Parked = true };
        }
        (ScoringOrder order, OrderFolder folder) = OrderOf(keys, context.Connection);
        Segmenter segmenter = _models.Of(order, folder);
        IReadOnlyList<BatchImage> images = ImageTable.Read(folder.Images, offset, count);
        (string journals, string name) = folder.JournalOf(chunk);
        using var journal = BatchJournal.Open(journals, name);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        long looked = Stopwatch.GetTimestamp();
        IReadOnlyList<ImageOutcome> outcomes;
        try
        {
            outcomes = new BatchScoring(segmenter, order.Outputs).Run(images, journal, _ => Look(), cancelled.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new ChunkReport { Parked = true };
        }
        ImageOutcome[] failed = [.. outcomes.Where(o => o.Fault is not null)];
        // A file that is missing may be back later, or be seen by another machine: retries look again, and the last one gives up.
        if (failed.FirstOrDefault(o => o.MayPass) is { } passing && context.GetJobParameter<int>("RetryCount") < Attempts)
        {
            throw new ClusterException($"chunk {chunk} of job {job}", $"has {failed.Count(o => o.MayPass).Of("image")} that cannot be read now, such as: {passing.Fault}", "it is tried again");
        }
        return failed.Length == 0 ? null : new ChunkReport { Failures = [.. failed.Select(o => new FailedImage(o.Image.File, o.Fault!))] };

        void Look()
        {
            if (Stopwatch.GetElapsedTime(looked) > _looksEvery)
            {
                looked = Stopwatch.GetTimestamp();
                try
                {
                    if (IsCancelled(context.Connection, keys))
                    {
                        cancelled.Cancel();
                    }
                }
                catch (Exception e) when (Outage.Is(e))
                {
                    // The database is away for a while: images need it only when the chunk ends.
                }
            }
        }
    }

    private static (ScoringOrder Order, OrderFolder Folder) OrderOf(JobKeys keys, IStorageConnection connection) => _orders.GetOrAdd(keys.Id, _ =>
    {
        IDictionary<string, string>? about = connection.GetAllEntriesFromHash(keys.About);
        if (about is null || !about.TryGetValue(JobKeys.Folder, out string? path))
        {
            throw new ClusterException($"job {keys.Id}", "is not known to the storage", "start it again");
        }
        if (JobKeys.Time(about, JobKeys.Started) is null)
        {
            connection.SetRangeInHash(keys.About, [new(JobKeys.Started, JobKeys.Text(DateTime.UtcNow))]);
        }
        var folder = new OrderFolder(path);
        return (ScoringOrder.Read(folder.Order), folder);
    });

    private static bool IsCancelled(IStorageConnection connection, JobKeys keys) =>
        connection is JobStorageConnection storage && storage.GetValueFromHash(keys.About, JobKeys.Cancelled) is { Length: > 0 };
}
