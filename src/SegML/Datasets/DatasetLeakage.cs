namespace SegML.Datasets;

/// <summary>
/// Finds frames that two splits all but share, by perceptual hash. A network that was trained on one is not tested by the other:
/// its figures come out too high.
/// </summary>
public static class DatasetLeakage
{
    /// <summary>Compares every split with those before it.</summary>
    /// <param name="splits">The splits' reports by name, measured; usually train, val, test.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>A finding for each frame of a later split that is near a frame of an earlier one, which names the nearest.</returns>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    public static IReadOnlyList<SharedFrame> Find(IReadOnlyList<(string Name, DatasetReport Report)> splits, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(splits);
        var findings = new List<SharedFrame>();
        for (int later = 1; later < splits.Count; later++)
        {
            IReadOnlyList<(string Path, FrameLikeness Likeness)> frames = splits[later].Report.Frames;
            for (int earlier = 0; earlier < later; earlier++)
            {
                var found = new DatasetFinding?[frames.Count];
                IReadOnlyList<(string Path, FrameLikeness Likeness)> others = splits[earlier].Report.Frames;
                string name = splits[earlier].Name;
                Parallel.For(0, frames.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
                    i => found[i] = Nearest(frames[i], others, name));
                findings.AddRange(found.OfType<DatasetFinding>().Select(f => new SharedFrame(splits[later].Name, f)));
            }
        }
        return findings;
    }

    private static DatasetFinding? Nearest((string Path, FrameLikeness Likeness) frame, IReadOnlyList<(string Path, FrameLikeness Likeness)> others, string split)
    {
        double least = double.PositiveInfinity;
        string? nearest = null;
        foreach ((string path, FrameLikeness likeness) in others)
        {
            if (frame.Likeness.DifferenceTo(likeness) is { } difference && difference < least)
            {
                (least, nearest) = (difference, path);
            }
        }
        return nearest is null ? null : new DatasetFinding(FindingKind.NearDuplicate, frame.Path, $"is all but the same picture as {nearest} of {split}",
            "keep frames of one scene in one split")
        {
            ImagePath = frame.Path,
            OtherPath = nearest,
        };
    }
}

/// <summary>A frame of a split that an earlier split all but holds too.</summary>
/// <param name="Split">The later split.</param>
/// <param name="Finding">The frame and the one that it is near.</param>
public sealed record SharedFrame(string Split, DatasetFinding Finding);
