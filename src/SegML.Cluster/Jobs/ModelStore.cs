using System.Collections.Concurrent;
using SegML.Cluster.Orders;
using SegML.Files;
using SegML.Scoring;

namespace SegML.Cluster.Jobs;

/// <summary>
/// A worker's models: each is fetched from its job's folder once a machine, checked against the job's checksum whenever it is loaded, and opened
/// once a process.
/// </summary>
/// <param name="options">The worker's folder, device and threads.</param>
internal sealed class ModelStore(SegmentationJobsOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Segmenter>> _open = new(StringComparer.Ordinal);

    /// <summary>A job's model, ready to score. It stays the store's.</summary>
    /// <exception cref="ModelFormatException">The job's copy is missing or damaged.</exception>
    public Segmenter Of(ScoringOrder order, OrderFolder folder)
    {
        Lazy<Segmenter> entry = _open.GetOrAdd(order.Id, _ => new Lazy<Segmenter>(() => Open(order, folder)));
        try
        {
            return entry.Value;
        }
        catch
        {
            // The next chunk tries again: the file system may be back.
            _open.TryRemove(new(order.Id, entry));
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<Segmenter> entry in _open.Values.Where(e => e.IsValueCreated))
        {
            entry.Value.Dispose();
        }
        _open.Clear();
    }

    private Segmenter Open(ScoringOrder order, OrderFolder folder) => Segmenter.Load(Fetch(order, folder), order.Model, order.Scoring with
    {
        Device = options.Device,
        GpuDeviceId = options.GpuDeviceId,
        // Each of the worker's chunks at a time has its share of the cores.
        Threads = options.Threads > 0 ? options.Threads : Math.Max(1, Environment.ProcessorCount / options.ChunksAtATime),
    });

    private byte[] Fetch(ScoringOrder order, OrderFolder folder)
    {
        string local = Path.Combine(options.ModelFolder, order.ModelHash + ".onnx");
        if (File.Exists(local) && File.ReadAllBytes(local) is var kept && ScoringOrder.HashOf(kept) == order.ModelHash)
        {
            return kept;
        }
        byte[] model = SessionFactory.ReadFile(folder.Model);
        if (ScoringOrder.HashOf(model) != order.ModelHash)
        {
            throw new ModelFormatException(folder.Model, "is not the model of its job (its checksum differs)", "restore it, or start the job again");
        }
        AtomicFile.Write(local, stream => stream.Write(model));
        return model;
    }
}
