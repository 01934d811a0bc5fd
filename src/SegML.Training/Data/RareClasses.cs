using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>The classes that crops and pasted objects are aimed at.</summary>
internal sealed class RareClasses
{
    private readonly byte[] _ids;

    private RareClasses(byte[] ids) => _ids = ids;

    /// <summary>Their ids.</summary>
    public ReadOnlySpan<byte> Ids => _ids;

    /// <summary>Finds which they are; null where no option aims at them.</summary>
    /// <param name="pipeline">Its augmentation names them, or leaves it to how many pixels each class has.</param>
    /// <param name="cache">Counts those.</param>
    public static RareClasses? Find(Pipeline pipeline, SampleCache cache)
    {
        AugmentationOptions options = pipeline.Training.Augmentation;
        if (options is { RareShare: 0, CopyPaste: 0 })
        {
            return null;
        }
        return new RareClasses(options.RareClasses.Count > 0
            ? [.. pipeline.Classes.Names.Index().Where(c => options.RareClasses.Contains(c.Item)).Select(c => (byte)c.Index)]
            : BelowHalfAShare(cache.CountPixels(pipeline.Classes)));
    }

    /// <summary>A random pixel of a random one of the classes that a sample has; null: it has none.</summary>
    public (int X, int Y)? PixelOf(Sample sample, ref SampleRandom random)
    {
        ReadOnlySpan<byte> ids = sample.Ids;
        Span<int> counts = stackalloc int[_ids.Length];
        int present = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = ids.Count(_ids[i]);
            present += counts[i] > 0 ? 1 : 0;
        }
        if (present == 0)
        {
            return null;
        }
        int chosen = random.Below(present), rare = 0;
        while (counts[rare] == 0 || chosen-- > 0)
        {
            rare++;
        }
        int pixel = Find(ids, _ids[rare], random.Below(counts[rare]), sample.Width);
        return (pixel % sample.Width, pixel / sample.Width);
    }

    // Counting a row is some hundred times faster than looking at its pixels, and makes lists of places unnecessary.
    private static int Find(ReadOnlySpan<byte> ids, byte id, int before, int width)
    {
        int from = 0;
        for (int count = 0; (count = ids.Slice(from, width).Count(id)) <= before; from += width)
        {
            before -= count;
        }
        for (int found = ids[from..].IndexOf(id); ; found = ids[from..].IndexOf(id))
        {
            from += found;
            if (before-- == 0)
            {
                return from;
            }
            from++;
        }
    }

    private static byte[] BelowHalfAShare(long[] pixels)
    {
        double half = 0.5 * pixels.Sum() / pixels.Length;
        return [.. Enumerable.Range(0, pixels.Length).Where(id => pixels[id] > 0 && pixels[id] < half).Select(id => (byte)id)];
    }
}
