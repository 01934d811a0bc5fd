using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>Finds out before training, and not hours into it, that a file cannot be used.</summary>
public static class DatasetCheck
{
    /// <summary>Decodes every image and every mask in full, translates the masks' values and compares sizes, in parallel.</summary>
    /// <param name="items">What to check.</param>
    /// <param name="classes">What the masks' values may be.</param>
    /// <param name="progress">Told after each item how many are done. Called from several threads.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <returns>The faults and the classes' pixel counts.</returns>
    /// <exception cref="OperationCanceledException">The check was stopped.</exception>
    public static DatasetReport Run(
        IReadOnlyList<DatasetItem> items,
        ClassSet classes,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(classes);
        var faults = new string?[items.Count];
        var pixels = new long[256];
        int done = 0;
        var parallel = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, items.Count, parallel, i =>
        {
            try
            {
                Check(items[i], classes, pixels);
            }
            catch (SegMLException e)
            {
                faults[i] = e.Message;
            }
            progress?.Report((Interlocked.Increment(ref done), items.Count));
        });
        return new DatasetReport(items.Count, [.. faults.OfType<string>()], pixels[..classes.Count], pixels[classes.IgnoreIndex]);
    }

    private static void Check(DatasetItem item, ClassSet classes, long[] pixels)
    {
        using RgbaImage image = ImageFile.Read(item.ImagePath);
        SegmentationMask mask = MaskFile.Read(item.MaskPath, classes);
        if (mask.Width != image.Width || mask.Height != image.Height)
        {
            throw new MaskFormatException(item.MaskPath,
                $"is {mask.Width}x{mask.Height}, but its image {item.ImagePath} is {image.Width}x{image.Height}",
                "draw the mask at the image's size");
        }
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte id in mask.Ids)
        {
            counts[id]++;
        }
        lock (pixels)
        {
            for (int id = 0; id < counts.Length; id++)
            {
                pixels[id] += counts[id];
            }
        }
    }
}
