using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>
/// Samples at the reference size, decoded once and kept as long as they fit into a budget; the others are decoded each
/// time. Thread-safe.
/// </summary>
internal sealed class SampleCache
{
    private readonly SampleSource _source;
    private readonly InputOptions _input;
    private readonly Sample?[] _samples;
    private long _bytesLeft;
    private long[]? _pixels;

    /// <param name="source">Where the samples come from.</param>
    /// <param name="input">Gives the reference size.</param>
    /// <param name="maxBytes">Bytes of samples to keep.</param>
    public SampleCache(SampleSource source, InputOptions input, long maxBytes)
    {
        _source = source;
        _input = input;
        _samples = new Sample?[source.Count];
        _bytesLeft = maxBytes;
    }

    public int Count => _samples.Length;

    /// <summary>Gives a sample, from memory if it is there.</summary>
    public Sample Get(int index)
    {
        if (Volatile.Read(ref _samples[index]) is { } known)
        {
            return known;
        }
        Sample sample = Read(index);
        if (Interlocked.Add(ref _bytesLeft, -sample.Size) < 0 || Interlocked.CompareExchange(ref _samples[index], sample, null) is not null)
        {
            Interlocked.Add(ref _bytesLeft, sample.Size);
        }
        return sample;
    }

    /// <summary>Pixels by class id over all samples at the reference size. Fills the cache on the way. Counted once.</summary>
    public long[] CountPixels(ClassSet classes) => (_pixels ??= CountPixels())[..classes.Count];

    private long[] CountPixels()
    {
        var pixels = new long[256];
        SegMLException? fault = null;
        Parallel.For(0, Count, (i, loop) =>
        {
            try
            {
                CountPixels(i, pixels);
            }
            catch (SegMLException e)
            {
                fault = e;
                loop.Stop();
            }
        });
        return fault is null ? pixels : throw fault;
    }

    private void CountPixels(int index, long[] pixels)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte id in Get(index).Ids)
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

    private Sample Read(int index)
    {
        (NetworkImage image, SegmentationMask mask) = _source.Read(index, _input);
        using (image)
        {
            RgbaImage pixels = image.Pixels;
            SegmentationMask sized = pixels.Width == mask.Width && pixels.Height == mask.Height ? mask : mask.Resize(pixels.Width, pixels.Height);
            return new Sample(pixels.Width, pixels.Height, pixels.Pixels.ToArray(), sized.Ids.ToArray());
        }
    }
}
