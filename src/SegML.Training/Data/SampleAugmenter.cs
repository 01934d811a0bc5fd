using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Training.Data;

/// <summary>Samples as a training run sees them, to look at or to keep. Thread-safe.</summary>
public sealed class SampleAugmenter
{
    private readonly Pipeline _pipeline;
    private readonly SampleCache _cache;
    private readonly Augmenter _augmenter;

    /// <param name="pipeline">Declares input, classes, seed and augmentation.</param>
    /// <param name="source">The samples.</param>
    /// <exception cref="PipelineFormatException">A rare class that the augmentation names is not among the pipeline's.</exception>
    /// <exception cref="SegMLException">A sample cannot be read; only where rare classes have to be found by counting.</exception>
    public SampleAugmenter(Pipeline pipeline, SampleSource source)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(source);
        _pipeline = pipeline;
        _cache = new SampleCache(source, pipeline.Input, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);
        _augmenter = Augmenter.Of(pipeline, _cache);
    }

    /// <summary>How many samples there are.</summary>
    public int Count => _cache.Count;

    /// <summary>A crop's width in pixels.</summary>
    public int Width => _augmenter.Width;

    /// <summary>A crop's height in pixels.</summary>
    public int Height => _augmenter.Height;

    /// <summary>A sample as it is, at the network's reference size.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>The image, which the caller disposes, and its mask.</returns>
    /// <exception cref="SegMLException">The sample cannot be read.</exception>
    public (RgbaImage Image, SegmentationMask Mask) Original(int index)
    {
        Sample sample = _cache.Get(index);
        using RasterImage image = sample.ToImage();
        return (image.ToRgba(), new SegmentationMask(sample.Width, sample.Height, sample.Ids.ToArray(), _pipeline.Classes));
    }

    /// <summary>What a training run makes of a sample in an epoch; where crops grow, at their full size.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <returns>The image, which the caller disposes, and its mask.</returns>
    /// <exception cref="SegMLException">The sample cannot be read.</exception>
    public (RgbaImage Image, SegmentationMask Mask) Draw(int index, int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        Sample sample = _cache.Get(index);
        using RasterImage image = sample.CreateImage(Width, Height);
        var mask = new SegmentationMask(Width, Height, _pipeline.Classes);
        _augmenter.Apply(sample, new SampleRandom(_pipeline.Training.Seed, epoch, index), image, mask.Ids, _cache.Figures(index).Range);
        return (image.ToRgba(), mask);
    }
}
