using SegML.Scoring;
using SegML.Training.Ranks;

namespace SegML.Training;

/// <summary>How a run is carried out, as opposed to what is trained, which the pipeline says.</summary>
public sealed record TrainerOptions
{
    /// <summary>
    /// Whether to go on from the run folder's last checkpoint. Without one the run starts anew. The pipeline must be the
    /// same, save that <c>training.epochs</c> may be higher: the learning rate then rises again and falls over the rest,
    /// and checkpoints and models say so under "earlierEpochs". Default false.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// The epoch, from 1, after which training stops as if it had been interrupted, to be gone on with later: the learning rate falls over
    /// all epochs of the pipeline all the same. Null: none. Default null.
    /// </summary>
    public int? StopAfter { get; init; }

    /// <summary>Where the network is trained. Default <see cref="ComputeDevice.Auto"/>.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Auto;

    /// <summary>Which CUDA device, from 0, where the network is trained on one. Default 0.</summary>
    public int GpuDeviceId { get; init; }

    /// <summary>Threads that prepare batches ahead of the training. 1 to 64. Default 2. Does not change the result.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>
    /// Epochs between predictions of a few validation samples, drawn into the run's folder samples; also after the last one. 0: none.
    /// Default 10. Does not change the result.
    /// </summary>
    public int SamplesEvery { get; init; } = 10;

    /// <summary>Bytes of decoded samples to keep in memory; 0: half of what the process may use beyond what it holds already. Default 0. Does not change the result.</summary>
    public long CacheBytes { get; init; }

    /// <summary>
    /// The folder for the file of decoded samples, samples-*.cache, that is built where they do not fit into <see cref="CacheBytes"/>
    /// and the disk has room: 5 bytes a pixel at the reference size. It is found again by later runs on the same files. Null: the run's
    /// folder, and the file goes when the run is complete. Default null. Does not change the result.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// The processes that train together, each its share of every batch: <see cref="MpiProcesses.Join"/>. Stays the caller's. Default: this one alone.
    /// </summary>
    public IAllReduce Ranks { get; init; } = new OneProcess();

    /// <summary>
    /// Whether batch norm sees the batches of all processes, so that their number does not change what is learnt; otherwise each process normalises by its own
    /// share. Default true.
    /// </summary>
    public bool SynchronizeBatchNorm { get; init; } = true;
}
