using SegML.Scoring;

namespace SegML.Batches;

/// <summary>
/// Scores images one after the other and writes their results: what <c>segml predict</c> does in its process, and a worker of a cluster with each
/// chunk of a job. An image that cannot be scored does not stop the others. With a journal, results that an earlier attempt wrote are kept where their
/// checksum is still right, and an image at which attempts keep ending is left out.
/// </summary>
/// <param name="segmenter">The model.</param>
/// <param name="outputs">What is written.</param>
public sealed class BatchScoring(Segmenter segmenter, BatchOutputs outputs)
{
    /// <summary>Attempts that may end at an image before it is left out.</summary>
    public const int MostDeaths = 3;

    /// <summary>Scores images.</summary>
    /// <param name="images">The images, in order.</param>
    /// <param name="journal">What attempts at these images have come to; null: nothing is kept, and every image is scored.</param>
    /// <param name="told">Called after each image; null: nothing is called.</param>
    /// <param name="cancellation">Stops in the middle of an image, with <see cref="OperationCanceledException"/>.</param>
    /// <returns>What became of each image.</returns>
    /// <exception cref="OutputException">A result cannot be written.</exception>
    /// <exception cref="DeviceException">The device is gone.</exception>
    public IReadOnlyList<ImageOutcome> Run(
        IReadOnlyList<BatchImage> images, BatchJournal? journal = null, Action<ImageOutcome>? told = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var outcomes = new ImageOutcome[images.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            outcomes[i] = journal is null ? Score(images[i], cancellation) : Score(images[i], i, journal, cancellation);
            told?.Invoke(outcomes[i]);
        }
        return outcomes;
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
        try
        {
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
    }
}
