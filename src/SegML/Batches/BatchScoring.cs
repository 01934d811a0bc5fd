using System.Runtime.ExceptionServices;
using SegML.Images;
using SegML.Scoring;

namespace SegML.Batches;

/// <summary>
/// Scores images and writes their results: what <c>segml predict</c> does in its process, and a worker of a cluster with each
/// chunk of a job. An image that cannot be scored does not stop the others. With a journal, results that an earlier attempt wrote are kept where their
/// checksum is still right, and an image at which attempts keep ending is left out.
/// </summary>
/// <param name="segmenter">The model.</param>
/// <param name="outputs">What is written.</param>
public sealed class BatchScoring(Segmenter segmenter, BatchOutputs outputs)
{
    /// <summary>Attempts that may end at an image before it is left out.</summary>
    public const int MostDeaths = 3;

    // What is decoded, drawn over and encoded of an image takes some 20 bytes a pixel: of those above this, one at a time.
    private const long LargePixels = 16_000_000;
    private static readonly SemaphoreSlim _large = new(1);

    /// <summary>
    /// How many images are scored at once, each on a thread of its own; at least 1. Decoding and encoding of some then go on while others are in the network.
    /// The segmenter is best opened with one thread then. With a journal images are scored one after the other. Default 1.
    /// </summary>
    public int SideBySide { get; init; } = 1;

    /// <summary>Scores images.</summary>
    /// <param name="images">The images, in order.</param>
    /// <param name="journal">What attempts at these images have come to; null: nothing is kept, and every image is scored.</param>
    /// <param name="told">Called after each image, never twice at once; null: nothing is called.</param>
    /// <param name="cancellation">Stops in the middle of an image, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What became of each image.</returns>
    /// <exception cref="OutputException">A result cannot be written.</exception>
    /// <exception cref="DeviceException">The device is gone.</exception>
    public IReadOnlyList<ImageOutcome> Run(
        IReadOnlyList<BatchImage> images, BatchJournal? journal = null, Action<ImageOutcome>? told = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(SideBySide, 1);
        if (journal is null && SideBySide > 1 && images.Count > 1)
        {
            return AtOnce(images, told, cancellation);
        }
        var outcomes = new ImageOutcome[images.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            outcomes[i] = journal is null ? Score(images[i], cancellation) : Score(images[i], i, journal, cancellation);
            told?.Invoke(outcomes[i]);
        }
        return outcomes;
    }

    private ImageOutcome[] AtOnce(IReadOnlyList<BatchImage> images, Action<ImageOutcome>? told, CancellationToken cancellation)
    {
        var outcomes = new ImageOutcome[images.Count];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var key = new Lock();
        int next = -1;
        try
        {
            Task.WaitAll([.. Enumerable.Range(0, Math.Min(SideBySide, images.Count)).Select(_ => Task.Factory.StartNew(Work, TaskCreationOptions.LongRunning))]);
        }
        catch (AggregateException e)
        {
            // What went wrong; the others were stopped for it.
            ExceptionDispatchInfo.Throw(e.InnerExceptions.FirstOrDefault(inner => inner is not OperationCanceledException) ?? e.InnerExceptions[0]);
        }
        return outcomes;

        void Work()
        {
            bool ended = false;
            try
            {
                while (Interlocked.Increment(ref next) is var i && i < outcomes.Length)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    outcomes[i] = Score(images[i], stop.Token);
                    lock (key)
                    {
                        told?.Invoke(outcomes[i]);
                    }
                }
                ended = true;
            }
            finally
            {
                if (!ended)
                {
                    stop.Cancel();
                }
            }
        }
    }

    private ImageOutcome Score(BatchImage image, int index, BatchJournal journal, CancellationToken cancellation)
    {
        if (journal.ChecksumOf(index) is { } written && outputs.Checksum(image.Name, segmenter.Info.Classes) == written)
        {
            return new ImageOutcome(image) { WasThere = true };
        }
        if (journal.DeathsAt(index) is >= MostDeaths and var deaths)
        {
            return new ImageOutcome(image) { Fault = $"{image.File} ended {deaths} attempts to score it; score it by itself to see why" };
        }
        if (journal.DeathsAt(index) > 0)
        {
            outputs.DeleteUnfinished(image.Name, segmenter.Info.Classes);
        }
        journal.Begin(index);
        ImageOutcome outcome;
        try
        {
            outcome = Score(image, cancellation);
        }
        // What ends an attempt otherwise - memory that runs out, a fault of ours - leaves the image begun, as a process's end does.
        catch (Exception e) when (e is SegMLException or OperationCanceledException)
        {
            journal.Left(index);
            throw;
        }
        if (outcome.Fault is null)
        {
            journal.Done(index, outputs.Checksum(image.Name, segmenter.Info.Classes)!);
        }
        else
        {
            journal.Left(index);
        }
        return outcome;
    }

    private ImageOutcome Score(BatchImage image, CancellationToken cancellation)
    {
        bool large = false;
        try
        {
            if (SideBySide > 1)
            {
                // Whether it is too large is the segmenter's to say.
                (int width, int height) = ImageFile.ReadSize(image.File, new ImageReadOptions { MaxPixels = long.MaxValue });
                if ((long)width * height > LargePixels)
                {
                    _large.Wait(cancellation);
                    large = true;
                }
            }
            return new ImageOutcome(image) { Note = outputs.Write(segmenter, image, cancellation) };
        }
        // What an image cannot be scored for; a full disk or a missing device would be every other image's too.
        catch (SegMLException e) when (e is not (OutputException or DeviceException))
        {
            return new ImageOutcome(image)
            {
                Fault = e is ImageFormatException ? e.Message : $"{image.File}: {e.Message}",
                MayPass = e.InnerException is IOException or UnauthorizedAccessException || !File.Exists(image.File),
            };
        }
        finally
        {
            if (large)
            {
                _large.Release();
            }
        }
    }
}
