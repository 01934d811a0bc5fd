using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>
/// Samples at the reference size, decoded once: in memory as long as they fit into a budget, all of them in a file where they do
/// not. Without a file, or room for it, the others are decoded each time. Thread-safe.
/// </summary>
internal sealed class SampleCache : IDisposable
{
    // Of the disk's free space, what is left to others.
    private const double DiskShare = 0.9;

    private readonly SampleSource _source;
    private readonly InputOptions _input;
    private readonly Sample?[] _samples;
    private readonly SampleFigures?[] _figures;
    private readonly SampleFigures _fixed;
    private readonly long _maxBytes;
    private readonly string? _folder;
    private string? _path;
    private SampleFile? _file;
    private long _bytesLeft;
    private long[]? _pixels;

    /// <summary>What samples may take where nobody says: half of what the process may use beyond what it holds already, such as large lists of annotations.</summary>
    public static long UsualBytes => Math.Max(1, (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(forceFullCollection: false)) / 2);

    /// <param name="source">Where the samples come from.</param>
    /// <param name="input">Gives the reference size.</param>
    /// <param name="maxBytes">Bytes of samples to keep in memory.</param>
    /// <param name="folder">
    /// Where the file for what does not fit is built by <see cref="Fill"/>, and found again later; null: nowhere.
    /// </param>
    public SampleCache(SampleSource source, InputOptions input, long maxBytes, string? folder = null)
    {
        _source = source;
        _input = input;
        _samples = new Sample?[source.Count];
        _figures = new SampleFigures?[source.Count];
        _fixed = new SampleFigures(null, ValueRange.Of(input));
        _bytesLeft = _maxBytes = maxBytes;
        _folder = folder;
    }

    public int Count => _samples.Length;

    /// <summary>Whether the samples are in a file.</summary>
    public bool IsOnDisk => _file is not null;

    /// <summary>Gives a sample, decoded only if it is neither in memory nor in the file. Good until the cache is disposed.</summary>
    public Sample Get(int index)
    {
        if ((Volatile.Read(ref _samples[index]) ?? _file?.Get(index)) is { } known)
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

    /// <summary>What the whole of a sample says of each part of it: the figures that its channels are normalised by, and what full scale is to it.</summary>
    public SampleFigures Figures(int index)
    {
        if (!_input.IsNormalizedByImage)
        {
            return _fixed;
        }
        if (Volatile.Read(ref _figures[index]) is { } known)
        {
            return known;
        }
        using RasterImage image = Get(index).ToImage();
        var found = new SampleFigures(ChannelStatistics.Of(image, _input), image is DeepImage deep ? ValueRange.Of(deep, _input) : default);
        Volatile.Write(ref _figures[index], found);
        return found;
    }

    /// <summary>
    /// Decodes every sample, each once, into memory or the file, and counts its pixels: what training needs to begin, and all that can
    /// be wrong with the samples. Nothing is decoded where that was done before, or where an earlier run's file has it.
    /// </summary>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What is wrong with the samples that cannot be read, in their order.</returns>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public IReadOnlyList<SegMLException> Fill(CancellationToken cancellation = default)
    {
        if (_pixels is not null)
        {
            return [];
        }
        if (_folder is not null)
        {
            byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes($"3\n{JsonSerializer.Serialize(_input, PipelineJson.Options)}\n{_source.Identity()}"));
            // Named after its content, so that runs on different samples may share the folder.
            _path = Path.Combine(_folder, $"samples-{Convert.ToHexStringLower(key.AsSpan(0, 6))}.cache");
            _file = SampleFile.Open(_path, key, Count);
            // Samples are mostly of one size, so that one tells; where they are not, a file is built for nothing or some are decoded again.
            if (_file is null && FirstReadable() is var (first, sample) && sample.Size * Count > _maxBytes && sample.Size * Count < DiskShare * FreeSpace(_folder))
            {
                IReadOnlyList<SegMLException> unreadable = SampleFile.Write(_path, key, Count, i => i == first ? sample : Get(i), cancellation);
                _file = SampleFile.Open(_path, key, Count);
                if (unreadable.Count > 0)
                {
                    return unreadable;
                }
            }
        }
        if (_file is not null)
        {
            _pixels = _file.Pixels;
            return [];
        }
        var pixels = new long[256];
        IReadOnlyList<SegMLException> faults = EverySample.Visit(Count, i => Get(i).Count(pixels), cancellation);
        _pixels = faults.Count == 0 ? pixels : null;
        return faults;
    }

    /// <summary>Pixels by class id over all samples at the reference size. Fills the cache on the way.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    /// <exception cref="SegMLException">A sample cannot be read: the first of those.</exception>
    public long[] CountPixels(ClassSet classes) => Fill() is [SegMLException first, ..] ? throw first : classes.ByClass(_pixels);

    /// <summary>How many pixels of all samples are not ignored.</summary>
    /// <param name="classes">The classes.</param>
    public long CountedPixels(ClassSet classes) => Fill() is [SegMLException first, ..] ? throw first : _pixels!.AsSpan(0, classes.Values).ToArray().Sum();

    /// <summary>Unmaps the file, which stays. No sample may be used any more.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>Removes the file, if there is one, after <see cref="Dispose"/>.</summary>
    public void DeleteFile()
    {
        if (_path is not null && File.Exists(_path))
        {
            File.Delete(_path);
        }
    }

    /// <summary>A sample whose size speaks for all, and its index; null: there is none, which the pass over all will tell.</summary>
    private (int Index, Sample Sample)? FirstReadable()
    {
        for (int i = 0; i < Count; i++)
        {
            try
            {
                return (i, Get(i));
            }
            catch (SegMLException)
            {
                // Told by the pass over all.
            }
        }
        return null;
    }

    private static long FreeSpace(string folder)
    {
        try
        {
            string? there = Path.GetFullPath(folder);
            while (there is not null && !Directory.Exists(there))
            {
                there = Path.GetDirectoryName(there);
            }
            return there is null ? 0 : new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private Sample Read(int index)
    {
        (NetworkImage image, SegmentationMask mask) = _source.Read(index, _input);
        using (image)
        {
            RasterImage pixels = image.Pixels;
            SegmentationMask sized = pixels.Width == mask.Width && pixels.Height == mask.Height ? mask : mask.Resize(pixels.Width, pixels.Height);
            return Sample.Of(pixels, sized.Ids);
        }
    }
}

/// <summary>What the whole of a sample says of each part of it.</summary>
/// <param name="Statistics">The figures that its channels are normalised by; null where the input names fixed ones.</param>
/// <param name="Range">What full scale is to it, where it is of floats.</param>
internal sealed record SampleFigures(ChannelStatistics? Statistics, ValueRange Range);
