using System.Text.Json;
using Hangfire;
using Hangfire.States;
using Hangfire.Storage;
using SegML.Batches;
using SegML.Cluster.Listing;
using SegML.Cluster.Orders;
using SegML.Files;
using SegML.Scoring;

namespace SegML.Cluster.Jobs;

/// <summary>Starts jobs that score images, and says where they stand. Workers on any number of machines do them.</summary>
/// <param name="client">Hangfire's client, as an app has it.</param>
/// <param name="storage">The storage behind it.</param>
public sealed class ScoringJobs(IBackgroundJobClient client, JobStorage storage)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Lists the images and enqueues them in chunks. The same request again is the same job: where enqueuing was interrupted it goes on, and where it was
    /// complete nothing is enqueued.
    /// </summary>
    /// <param name="request">What is scored, how, and where to.</param>
    /// <param name="progress">Called now and then with what is done of it: "1000 images listed".</param>
    /// <param name="cancellation">Interrupts; the same request goes on.</param>
    /// <exception cref="SegMLException">The model or the inputs cannot be used, or the results' folder not be written.</exception>
    public ScoringJobStatus Submit(ScoringRequest request, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.ChunkSize, 1, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.ChunkSize, 100_000, nameof(request));
        byte[] model = SessionFactory.ReadFile(request.Model);
        var order = ScoringOrder.Of(request, model);
        var folder = OrderFolder.Of(request.Outputs.Folder, order.Id);
        if (folder.Others().FirstOrDefault() is { } other)
        {
            throw new OutputException(request.Outputs.Folder, $"receives the results of job {other}", $"choose another folder, or forget that job first: segml cluster jobs {other} --forget");
        }
        using FileStream held = Hold(folder);
        order = List(order, folder, request, model, progress, cancellation);
        Register(order, folder, progress, cancellation);
        Enqueue(order, folder, progress, cancellation);
        return Find(order.Id);
    }

    /// <summary>All jobs of the storage, the oldest first.</summary>
    public IReadOnlyList<ScoringJobStatus> All()
    {
        using IStorageConnection connection = storage.GetConnection();
        return [.. connection.GetAllItemsFromSet(JobKeys.All).Select(id => Status(id, connection)).OfType<ScoringJobStatus>().OrderBy(s => s.Created)];
    }

    /// <summary>Where a job stands.</summary>
    /// <exception cref="ClusterException">There is no such job.</exception>
    public ScoringJobStatus Find(string id)
    {
        using IStorageConnection connection = storage.GetConnection();
        return Status(id, connection) ?? throw new ClusterException($"job {id}", "is not known to the storage", "segml cluster jobs lists those that are");
    }

    /// <summary>The images of a job that have no result so far, in the order of its list, each once.</summary>
    public IReadOnlyList<FailedImage> Failures(string id)
    {
        using IStorageConnection connection = storage.GetConnection();
        return [.. FailuresByChunk(id, connection).OrderBy(f => f.Chunk).SelectMany(f => f.Failures)];
    }

    /// <summary>Why chunks failed as a whole: each reason once, with how many chunks it is.</summary>
    public IReadOnlyList<(string Reason, int Chunks)> Broken(string id)
    {
        using IStorageConnection connection = storage.GetConnection();
        return [.. connection.GetAllItemsFromSet(new JobKeys(id).Broken).GroupBy(Reason).Select(g => (g.Key, g.Count()))];

        string Reason(string chunk) => connection.GetStateData(chunk)?.Data is { } data && data.TryGetValue("ExceptionMessage", out string? message) ? message : "not known";
    }

    /// <summary>Cancels a job: chunks that are under way are left within seconds, what is done stays. <see cref="Resume"/> goes on.</summary>
    public void Cancel(string id)
    {
        Find(id);
        Set(id, JobKeys.Cancelled, JobKeys.Text(DateTime.UtcNow));
    }

    /// <summary>Goes on with a job that was cancelled, and tries again what failed: chunks, and single images.</summary>
    /// <returns>How many chunks were enqueued again.</returns>
    public int Resume(string id)
    {
        Find(id);
        Set(id, JobKeys.Cancelled, "");
        using IStorageConnection connection = storage.GetConnection();
        var keys = new JobKeys(id);
        string[] waiting = [.. connection.GetAllItemsFromSet(keys.Parked), .. connection.GetAllItemsFromSet(keys.Broken)];
        foreach (string chunk in waiting)
        {
            connection.SetJobParameter(chunk, "RetryCount", "0");
            client.ChangeState(chunk, new EnqueuedState(JobKeys.Queue));
        }
        return waiting.Length + RetryFailures(keys, connection);
    }

    /// <summary>Removes what the storage and the job's own folder know of it. Results stay.</summary>
    public void Forget(string id)
    {
        Find(id);
        var keys = new JobKeys(id);
        using IStorageConnection connection = storage.GetConnection();
        string path = connection.GetAllEntriesFromHash(keys.About)![JobKeys.Folder];
        Set(id, JobKeys.Cancelled, JobKeys.Text(DateTime.UtcNow));
        using (IWriteOnlyTransaction transaction = connection.CreateWriteTransaction())
        {
            transaction.RemoveFromSet(JobKeys.All, id);
            transaction.RemoveHash(keys.About);
            transaction.RemoveHash(keys.Failures);
            foreach (string set in (string[])[keys.Done, keys.Parked, keys.Broken])
            {
                ((JobStorageTransaction)transaction).RemoveSet(set);
            }
            transaction.Commit();
        }
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static FileStream Hold(OrderFolder folder)
    {
        try
        {
            Directory.CreateDirectory(folder.Path);
            return new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (File.Exists(folder.Lock))
        {
            throw new OutputException(folder.Path, "is being enqueued by another process", "wait until that has ended", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(folder.Path, $"cannot be written ({e.Message.TrimEnd('.')})", "choose a folder you may write to", e);
        }
    }

    /// <summary>Lists the images and copies the model, unless that was done before.</summary>
    private static ScoringOrder List(
        ScoringOrder order, OrderFolder folder, ScoringRequest request, byte[] model, IProgress<string>? progress, CancellationToken cancellation)
    {
        if (File.Exists(folder.Order))
        {
            return ScoringOrder.Read(folder.Order);
        }
        // What the model would be refused for is met here, and not on every worker.
        using (Segmenter.Load(model, request.Model, order.Scoring))
        {
        }
        AtomicFile.Write(folder.Model, stream => stream.Write(model));
        long images = ImageTable.Write(folder.Images, ImageListing.Of(request.Inputs, order.Outputs.Folder), new Told<long>(n => progress?.Report($"{n.Of("image")} listed")), cancellation);
        if (images == 0)
        {
            throw new ImageFormatException(request.Inputs[0], "holds no images", $"name folders, images, globs or lists of {string.Join(", ", Images.ImageFile.Extensions)}");
        }
        order = order with { Images = images };
        order.Write(folder.Order);
        return order;
    }

    private void Register(ScoringOrder order, OrderFolder folder, IProgress<string>? progress, CancellationToken cancellation)
    {
        var keys = new JobKeys(order.Id);
        Outlast(() =>
        {
            using IStorageConnection connection = storage.GetConnection();
            if (connection.GetAllEntriesFromHash(keys.About) is not { Count: > 0 })
            {
                using IWriteOnlyTransaction transaction = connection.CreateWriteTransaction();
                transaction.AddToSet(JobKeys.All, order.Id);
                transaction.SetRangeInHash(keys.About,
                [
                    new(JobKeys.Folder, folder.Path), new(JobKeys.Images, JobKeys.Text(order.Images)), new(JobKeys.Chunks, JobKeys.Text(order.Chunks)),
                    new(JobKeys.Next, "0"), new(JobKeys.Offset, "0"), new(JobKeys.Created, JobKeys.Text(DateTime.UtcNow)),
                ]);
                transaction.Commit();
            }
            return true;
        }, progress, cancellation);
    }

    /// <summary>Enqueues the chunks that are not: how far that is stands in the storage, moved on in the transaction that enqueues a chunk.</summary>
    private void Enqueue(ScoringOrder order, OrderFolder folder, IProgress<string>? progress, CancellationToken cancellation)
    {
        var keys = new JobKeys(order.Id);
        while (true)
        {
            (long chunk, long offset) = Outlast(Cursor, progress, cancellation);
            if (chunk >= order.Chunks)
            {
                return;
            }
            try
            {
                foreach ((long start, long end, int count) in ImageTable.Chunks(folder.Images, offset, order.ChunkSize))
                {
                    cancellation.ThrowIfCancellationRequested();
                    Enqueue(order.Id, chunk++, start, end, count, again: false);
                    if (chunk % 100 == 0 || chunk == order.Chunks)
                    {
                        progress?.Report($"{chunk} of {order.Chunks.Of("chunk")} enqueued");
                    }
                }
            }
            catch (Exception e) when (Outage.Is(e))
            {
                // Whether the last chunk was enqueued before the database went away, the cursor says.
                progress?.Report($"the database is away ({e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')}); waiting for it");
                cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
            }
        }

        (long Chunk, long Offset) Cursor()
        {
            using IStorageConnection connection = storage.GetConnection();
            Dictionary<string, string> about = connection.GetAllEntriesFromHash(keys.About) ?? [];
            return (JobKeys.Number(about, JobKeys.Next), JobKeys.Number(about, JobKeys.Offset));
        }
    }

    private void Enqueue(string id, long chunk, long start, long end, int count, bool again) =>
        client.Create<ScoringChunk>(c => c.Run(id, chunk, start, end, count, again, null, CancellationToken.None), new EnqueuedState(JobKeys.Queue));

    private int RetryFailures(JobKeys keys, IStorageConnection connection)
    {
        HashSet<long> failed = [.. FailuresByChunk(keys.Id, connection).Select(f => f.Chunk)];
        if (failed.Count == 0)
        {
            return 0;
        }
        var folder = new OrderFolder(connection.GetAllEntriesFromHash(keys.About)![JobKeys.Folder]);
        var order = ScoringOrder.Read(folder.Order);
        long chunk = 0;
        foreach ((long start, long end, int count) in ImageTable.Chunks(folder.Images, 0, order.ChunkSize))
        {
            if (failed.Contains(chunk))
            {
                using (IWriteOnlyTransaction transaction = connection.CreateWriteTransaction())
                {
                    transaction.RemoveFromSet(keys.Done, JobKeys.Text(chunk));
                    transaction.SetRangeInHash(keys.Failures, [new(JobKeys.Text(chunk), "")]);
                    transaction.Commit();
                }
                Enqueue(keys.Id, chunk, start, end, count, again: true);
            }
            chunk++;
        }
        return failed.Count;
    }

    private static IEnumerable<(long Chunk, FailedImage[] Failures)> FailuresByChunk(string id, IStorageConnection connection) =>
        (connection.GetAllEntriesFromHash(new JobKeys(id).Failures) ?? []).Where(e => e.Value is { Length: > 0 })
            .Select(e => (long.Parse(e.Key, System.Globalization.CultureInfo.InvariantCulture), JsonSerializer.Deserialize<FailedImage[]>(e.Value)!));

    private static ScoringJobStatus? Status(string id, IStorageConnection connection)
    {
        var keys = new JobKeys(id);
        if (connection.GetAllEntriesFromHash(keys.About) is not { Count: > 0 } about || !about.TryGetValue(JobKeys.Folder, out string? folder))
        {
            return null;
        }
        var counts = (JobStorageConnection)connection;
        long images = JobKeys.Number(about, JobKeys.Images), chunks = JobKeys.Number(about, JobKeys.Chunks), done = counts.GetSetCount(keys.Done);
        return new ScoringJobStatus
        {
            Id = id,
            Results = Path.GetDirectoryName(Path.GetDirectoryName(folder))!,
            Images = images,
            ImagesDone = done >= chunks ? images : (long)((double)images * done / chunks),
            ImagesFailed = FailuresByChunk(id, connection).Sum(f => (long)f.Failures.Length),
            Chunks = chunks,
            ChunksEnqueued = JobKeys.Number(about, JobKeys.Next),
            ChunksDone = done,
            ChunksBroken = counts.GetSetCount(keys.Broken),
            Created = JobKeys.Time(about, JobKeys.Created) ?? default,
            Started = JobKeys.Time(about, JobKeys.Started),
            LastDone = JobKeys.Time(about, JobKeys.LastDone),
            IsCancelled = about.TryGetValue(JobKeys.Cancelled, out string? cancelled) && cancelled.Length > 0,
        };
    }

    private void Set(string id, string field, string value)
    {
        using IStorageConnection connection = storage.GetConnection();
        connection.SetRangeInHash(new JobKeys(id).About, [new(field, value)]);
    }

    private static T Outlast<T>(Func<T> act, IProgress<string>? progress, CancellationToken cancellation) =>
        Outage.Outlast(act, _patience, line => progress?.Report(line), cancellation);

    /// <summary>Calls at once; <see cref="Progress{T}"/> would on another thread.</summary>
    private sealed class Told<T>(Action<T> told) : IProgress<T>
    {
        public void Report(T value) => told(value);
    }
}
