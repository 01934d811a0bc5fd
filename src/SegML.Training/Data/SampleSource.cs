using SegML.Datasets;
using SegML.Images;
using SegML.Masks;

namespace SegML.Training.Data;

/// <summary>Images with their masks, read on demand: from files, or from wherever a delegate gets them.</summary>
public sealed class SampleSource
{
    private readonly Func<int, (RgbaImage Image, SegmentationMask Mask)> _read;

    /// <param name="count">How many samples there are, at least 1.</param>
    /// <param name="read">
    /// Gives the sample of an index from 0 to <paramref name="count"/> - 1. Called from several threads at a time. The image
    /// is disposed by whoever asked.
    /// </param>
    public SampleSource(int count, Func<int, (RgbaImage Image, SegmentationMask Mask)> read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(read);
        Count = count;
        _read = read;
    }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>The samples of a data set's files.</summary>
    /// <param name="items">Image and mask paths.</param>
    /// <param name="classes">Translates the masks' values.</param>
    public static SampleSource FromFiles(IReadOnlyList<DatasetItem> items, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(classes);
        return new SampleSource(items.Count, i => (ImageFile.Read(items[i].ImagePath), MaskFile.Read(items[i].MaskPath, classes)));
    }

    /// <summary>Reads a sample at its own size.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <returns>The image, which the caller disposes, and its mask.</returns>
    /// <exception cref="SegMLException">The sample cannot be read, or image and mask differ in size.</exception>
    public (RgbaImage Image, SegmentationMask Mask) Read(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        (RgbaImage image, SegmentationMask mask) = _read(index);
        if (image.Width != mask.Width || image.Height != mask.Height)
        {
            image.Dispose();
            throw new MaskFormatException($"sample {index}",
                $"has a mask of {mask.Width}x{mask.Height} for an image of {image.Width}x{image.Height}", "make the sizes equal");
        }
        return (image, mask);
    }
}
