using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>Reads training images and masks and tells what the data set is like.</summary>
internal static class FingerprintReader
{
    /// <summary>Measures a pipeline's training splits. Items that cannot be read are left out: segml check and training name them.</summary>
    /// <param name="pipeline">Classes and data.</param>
    /// <param name="maxImages">Most images to read, evenly spread.</param>
    /// <param name="progress">Receives the number of images done, from several threads.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="DatasetException">A split is missing, or no item can be read.</exception>
    public static DataFingerprint Read(Pipeline pipeline, int maxImages, IProgress<(int Done, int Total)>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetItem> all = Dataset.ListTraining(pipeline);
        DatasetItem[] items = [.. Enumerable.Range(0, Math.Min(maxImages, all.Count)).Select(i => all[(int)((long)i * all.Count / Math.Min(maxImages, all.Count))])];
        var read = new ItemFingerprint?[items.Length];
        SegMLException? fault = null;
        int done = 0;
        Parallel.For(0, items.Length, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            try
            {
                read[i] = new ItemFingerprint(items[i], pipeline.Classes);
            }
            catch (SegMLException e)
            {
                Volatile.Write(ref fault, e);
            }
            progress?.Report((Interlocked.Increment(ref done), items.Length));
        });
        ItemFingerprint[] known = [.. read.OfType<ItemFingerprint>()];
        return known.Length > 0
            ? Total(known, all.Count, pipeline.Classes)
            : throw new DatasetException(pipeline.Source, $"has no training image that can be used: {fault?.Message ?? "there is none"}", "segml check lists all faults", fault);
    }

    private static DataFingerprint Total(ItemFingerprint[] items, int images, ClassSet classes)
    {
        (double[] mean, double[] std) = ChannelSums.Total([.. items.Select(i => i.Colors).OfType<ChannelSums>()]);
        double contrast = items.Average(i => i.Contrast);
        return new DataFingerprint
        {
            Images = images,
            Measured = items.Length,
            MedianWidth = (int)Median(items.Select(i => (double)i.Width)),
            MedianHeight = (int)Median(items.Select(i => (double)i.Height)),
            SmallestArea = items.Min(i => (long)i.Width * i.Height),
            LargestArea = items.Max(i => (long)i.Width * i.Height),
            IsGray = items.All(i => i.IsGray),
            IsDeep = items.Any(i => i.Colors is null),
            Mean = mean,
            Std = std,
            BrightnessSpread = Deviation(items.Select(i => i.Brightness)),
            ContrastSpread = contrast > 0 ? Deviation(items.Select(i => i.Contrast)) / contrast : 0,
            TopBottomDifference = Difference(items, s => s.Top, s => s.Bottom, classes.Count),
            LeftRightDifference = Difference(items, s => s.Left, s => s.Right, classes.Count),
            Classes = [.. classes.Classes.Select((c, id) => Class(c.Name, id, items, classes.Count))],
        };
    }

    private static ClassFingerprint Class(string name, int id, ItemFingerprint[] items, int classes)
    {
        double all = items.Sum(i => (double)Enumerable.Range(0, classes).Sum(i.Shape.Pixels)), pixels = items.Sum(i => (double)i.Shape.Pixels(id));
        if (pixels == 0)
        {
            return new ClassFingerprint { Name = name };
        }
        // Lengths and areas as shares of each image's, so that a large image counts no more than a small one.
        double area = items.Sum(i => i.Shape.Pixels(id) / (i.Shape.Side * i.Shape.Side)), outline = items.Sum(i => i.Shape.Outline[id] / i.Shape.Side) * Math.PI / 4;
        return new ClassFingerprint
        {
            Name = name,
            Share = pixels / all,
            Images = items.Count(i => i.Shape.Pixels(id) > 0) / (double)items.Length,
            Side = Median(items.SelectMany(i => i.Shape.Pieces).Where(p => p.Class == id).Select(p => p.Side)),
            Thickness = outline > 0 ? Math.Min(1, 2 * area / outline) : 1,
        };
    }

    /// <summary>Half of the sum over classes of how much their shares differ (total variation).</summary>
    private static double Difference(ItemFingerprint[] items, Func<MaskShape, long[]> first, Func<MaskShape, long[]> second, int classes)
    {
        double[] a = Shares(first), b = Shares(second);
        return a.Zip(b, (x, y) => Math.Abs(x - y)).Sum() / 2;

        double[] Shares(Func<MaskShape, long[]> half)
        {
            double[] pixels = [.. Enumerable.Range(0, classes).Select(id => items.Sum(i => half(i.Shape)[id] / (i.Shape.Side * i.Shape.Side)))];
            double sum = Math.Max(double.Epsilon, pixels.Sum());
            return [.. pixels.Select(p => p / sum)];
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }

    private static double Deviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
    }
}
