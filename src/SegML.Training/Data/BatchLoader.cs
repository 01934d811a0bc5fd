using System.Collections.Concurrent;
using System.Threading.Channels;
using SegML.Images;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>
/// Prepares the batches of an epoch in background threads, in order and at most a few ahead. What a batch holds depends
/// on seed, epoch and place alone, not on threads. A handful of batches' memory is used again and again.
/// </summary>
internal sealed class BatchLoader : IDisposable
{
    private readonly SampleCache _cache;
    private readonly Augmenter _augmenter;
    private readonly InputOptions _input;
    private readonly TrainingOptions _training;
    private readonly double[]? _factors;
    private readonly int _workers;
    private readonly (int From, int To) _share;
    private readonly ConcurrentBag<Batch> _spare = [];

    /// <param name="cache">The samples.</param>
    /// <param name="pipeline">What is trained.</param>
    /// <param name="workers">Threads that prepare batches.</param>
    /// <param name="share">Which samples of each batch of a size are made; null: all.</param>
    public BatchLoader(SampleCache cache, Pipeline pipeline, int workers, Func<int, (int From, int To)>? share = null)
    {
        _cache = cache;
        _input = pipeline.Input;
        _training = pipeline.Training;
        _augmenter = Augmenter.Of(pipeline, cache);
        _factors = RepeatFactors.Of(_training.OversampleThreshold, cache, pipeline.Classes);
        _workers = workers;
        BatchSize = BatchSizeOf(_training, cache.Count);
        _share = share?.Invoke(BatchSize) ?? (0, BatchSize);
    }

    /// <summary>The <see cref="BatchSize"/> that a number of samples leads to.</summary>
    public static int BatchSizeOf(TrainingOptions training, int samples) =>
        training.IterationsPerEpoch > 0 ? training.BatchSize : Math.Min(training.BatchSize, samples);

    /// <summary>
    /// Samples a batch: the pipeline's, or all there are when they are fewer. Where an epoch is a set number of iterations, a batch may hold a
    /// sample more than once, changed in different ways.
    /// </summary>
    public int BatchSize { get; }

    /// <summary>The least size of a sample, that of the first epoch, in pixels.</summary>
    public static (int Width, int Height) SmallestCrop(Pipeline pipeline)
    {
        Augmenter first = new Augmenter(pipeline.Training.Augmentation, pipeline.Input, pipeline.Classes.IgnoreIndex).At(0, pipeline.Training.Epochs);
        return (first.Width, first.Height);
    }

    /// <summary>
    /// Batches an epoch: training.iterationsPerEpoch, or those of a pass over the samples. What a pass leaves over does not make a smaller batch:
    /// it would disturb batch norm.
    /// </summary>
    public int Batches => _training.IterationsPerEpoch > 0 ? _training.IterationsPerEpoch : _cache.Count / BatchSize;

    /// <summary>The batches of an epoch; the consumer disposes each.</summary>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="cancellation">Stops between batches, with <see cref="OperationCanceledException"/>.</param>
    public IEnumerable<Batch> Epoch(int epoch, CancellationToken cancellation)
    {
        EpochDraw[] draws = EpochDraw.Of(_training, epoch, _cache.Count, BatchSize, _factors);
        // The channel holds batches under way, so its bound is also the number of threads that prepare them.
        var ahead = Channel.CreateBounded<Task<Batch>>(new BoundedChannelOptions(_workers) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task producer = Task.Run(() => Produce(ahead.Writer, draws, epoch, stop.Token), CancellationToken.None);
        try
        {
            for (int b = 0; b < Batches; b++)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return ahead.Reader.ReadAsync(cancellation).AsTask().GetAwaiter().GetResult().GetAwaiter().GetResult();
            }
        }
        finally
        {
            stop.Cancel();
            producer.GetAwaiter().GetResult();
            Discard(ahead.Reader);
        }
    }

    /// <summary>Frees the batches' memory, once all have come back.</summary>
    public void Dispose()
    {
        while (_spare.TryTake(out Batch? batch))
        {
            batch.Free();
        }
    }

    private Batch Make(ReadOnlySpan<EpochDraw> draws, Augmenter augmenter)
    {
        int width = augmenter.Width, height = augmenter.Height, pixels = width * height, channels = _input.ChannelCount;
        Batch batch = Spare(height, width) ?? Batch.Empty(_share.To - _share.From, channels, height, width, _spare.Add);
        try
        {
            Span<float> values = batch.Values();
            Span<byte> ids = batch.Labels.bytes;
            for (int i = 0; i < draws.Length; i++)
            {
                Sample sample = _cache.Get(draws[i].Index);
                SampleFigures whole = _cache.Figures(draws[i].Index);
                // Its memory is that of the crop before it.
                using RasterImage crop = sample.CreateImage(width, height);
                augmenter.Apply(sample, draws[i].Random(_training.Seed, _cache.Count), crop, ids.Slice(i * pixels, pixels), whole.Range);
                InputTensor.Fill(crop, whole.Statistics, _input, values.Slice(channels * i * pixels, channels * pixels), TensorLayout.Nhwc);
            }
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private Batch? Spare(int height, int width)
    {
        while (_spare.TryTake(out Batch? batch))
        {
            if (batch.HasSize(height, width))
            {
                return batch;
            }
            // Of an earlier epoch, whose crops were smaller.
            batch.Free();
        }
        return null;
    }

    private async Task Produce(ChannelWriter<Task<Batch>> writer, EpochDraw[] draws, int epoch, CancellationToken stop)
    {
        Augmenter augmenter = _augmenter.At(epoch, _training.Epochs);
        try
        {
            for (int b = 0; b < Batches && await writer.WaitToWriteAsync(stop).ConfigureAwait(false); b++)
            {
                int from = b * BatchSize + _share.From, count = _share.To - _share.From;
                await writer.WriteAsync(Task.Run(() => Make(draws.AsSpan(from, count), augmenter), CancellationToken.None), stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The consumer has left.
        }
        finally
        {
            writer.Complete();
        }
    }

    private static void Discard(ChannelReader<Task<Batch>> reader)
    {
        while (reader.TryRead(out Task<Batch>? batch))
        {
            try
            {
                batch.GetAwaiter().GetResult().Dispose();
            }
            catch (SegMLException)
            {
                // The consumer has already met a fault, or asked to stop; this one comes to nobody.
            }
        }
    }
}
