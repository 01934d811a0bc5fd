using SegML.Datasets;
using SegML.Pipelines;
using SegML.Training.Data;
using SegML.Training.Losses;
using SegML.Training.Networks;
using SegML.Training.Ranks;
using SegML.Training.Starting;

namespace SegML.Training.Loop;

/// <summary>A run's samples, all of which have been read once.</summary>
internal sealed class RunSamples
{
    private RunSamples()
    {
    }

    /// <summary>The training samples, decoded.</summary>
    public required SampleCache Cache { get; init; }

    /// <summary>Makes batches of them.</summary>
    public required BatchLoader Loader { get; init; }

    /// <summary>What a network that has learnt nothing predicts: a score for each class.</summary>
    public required double[] StartingScores { get; init; }

    /// <summary>The loss's class weights.</summary>
    public required float[] ClassWeights { get; init; }

    /// <summary>What about the samples should be known, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Reads every sample once, the training samples into the cache: what cannot be used is met before anything is trained.</summary>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="train">The training samples.</param>
    /// <param name="validation">The validation samples; null: there are none.</param>
    /// <param name="monitor">The figure that decides which epoch is best.</param>
    /// <param name="folder">The run.</param>
    /// <param name="options">How the run is carried out.</param>
    /// <param name="parts">Owns what is created.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="DatasetException">Samples cannot be used, or every pixel is ignored.</exception>
    /// <exception cref="OutputException">The cache's file cannot be written.</exception>
    public static RunSamples Read(Pipeline pipeline, SampleSource train, SampleSource? validation, MonitoredFigure monitor, string folder,
        TrainerOptions options, OwnedParts parts, CancellationToken cancellation)
    {
        long cacheBytes = options.CacheBytes > 0 ? options.CacheBytes : SampleCache.UsualBytes;
        // Each process of a run has the samples of its own: the next batch's may be any.
        string files = options.CacheFolder ?? folder;
        SampleCache cache = parts.Add(new SampleCache(train, pipeline.Input, cacheBytes, options.Ranks.Rank == 0 ? files : Path.Combine(files, $"process-{options.Ranks.Rank}")));
        var occurs = new bool[256];
        IReadOnlyList<SegMLException> faults = [.. cache.Fill(cancellation), .. validation?.Check(pipeline.Input, occurs, cancellation) ?? []];
        if (faults.Count > 0)
        {
            throw train.Combine(faults);
        }
        long[] pixels = cache.CountPixels(pipeline.Classes);
        IReadOnlyList<string> validationNotes = validation is null ? [] : DataNotes.OfValidation(pipeline, monitor,
            [.. pipeline.Classes.ByClass([.. occurs.Select(o => o ? 1L : 0)]).Select(count => count > 0)]);
        GuardPixels(pipeline, [cache.CountedPixels(pipeline.Classes)]);
        float[] weights = Losses.ClassWeights.From(pixels, pipeline.Training.ClassWeights, pipeline.Classes);
        return new RunSamples
        {
            Cache = cache,
            // Samples are mixed with others of the whole batch, before a process takes its share.
            Loader = parts.Add(new BatchLoader(cache, pipeline, options.Workers, BatchMixing.Of(pipeline) is null ? options.Ranks.Share : null)),
            StartingScores = pipeline.Classes.IsMultiLabel ? ClassPrior.OfEach(pixels, cache.CountedPixels(pipeline.Classes)) : ClassPrior.Of(pixels, weights),
            ClassWeights = weights,
            Notes = [.. DataNotes.Of(pipeline, pixels, train.Count), .. validationNotes],
        };
    }

    /// <summary>Something has to be learned.</summary>
    /// <exception cref="DatasetException">Every pixel is ignored.</exception>
    public static void GuardPixels(Pipeline pipeline, IEnumerable<long> pixels)
    {
        if (pixels.Sum() == 0)
        {
            throw new DatasetException(pipeline.Source, "has masks in which every pixel is ignored", "check the classes' \"from\" values");
        }
    }

    /// <summary>Batch norm has no statistics of a single value: a batch of one whose coarsest features are one pixel.</summary>
    /// <exception cref="PipelineFormatException">The network would see just that.</exception>
    public static void GuardBatchNorm(Pipeline pipeline, SegmentationNetwork network, int samples)
    {
        (int width, int height) = BatchLoader.SmallestCrop(pipeline);
        int columns = (width + network.Stride - 1) / network.Stride, rows = (height + network.Stride - 1) / network.Stride;
        if (BatchLoader.BatchSizeOf(pipeline.Training, samples) * columns * rows < 2)
        {
            throw new PipelineFormatException(pipeline.Source,
                $"trains on crops of {width}x{height} one at a time, of which {pipeline.Network.Name}'s batch norm sees one value",
                "raise training.batchSize or the crop, or add samples");
        }
    }
}
