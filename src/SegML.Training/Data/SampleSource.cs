using System.Globalization;
using System.Text;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring;

namespace SegML.Training.Data;

/// <summary>Images with their masks, read on demand: from files, or from wherever a delegate gets them.</summary>
public sealed class SampleSource
{
    private readonly Func<int, InputOptions, (NetworkImage Image, SegmentationMask Mask)> _read;
    private readonly string _once = Guid.NewGuid().ToString();
    private Func<string>? _identity;

    /// <param name="count">How many samples there are, at least 1.</param>
    /// <param name="read">
    /// Gives the sample of an index from 0 to <paramref name="count"/> - 1, image and mask of one size. Called from several threads at a time. The image
    /// is disposed by whoever asked.
    /// </param>
    public SampleSource(int count, Func<int, (RgbaImage Image, SegmentationMask Mask)> read)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(read);
        Count = count;
        _read = (index, input) =>
        {
            (RgbaImage image, SegmentationMask mask) = read(index);
            return (NetworkImage.Take(image, input), mask);
        };
    }

    /// <param name="count">How many samples there are, at least 1.</param>
    /// <param name="read">Gives the sample of an index, the image prepared for a network.</param>
    internal SampleSource(int count, Func<int, InputOptions, (NetworkImage Image, SegmentationMask Mask)> read)
    {
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
        return new SampleSource(items.Count,
            (i, input) => (NetworkImage.Read(items[i].ImagePath, input), MaskFile.Read(items[i].MaskPath, classes)))
        {
            _identity = () => IdentityOf(items, classes),
        };
    }

    private static string IdentityOf(IReadOnlyList<DatasetItem> items, ClassSet classes)
    {
        var text = new StringBuilder();
        foreach (SegmentationClass c in classes.Classes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{c.Id} {c.Name} {string.Join(',', c.From ?? [])} {c.Color}\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"{classes.Ignore.Id} {string.Join(',', classes.Ignore.From ?? [])} {classes.Ignore.Color}\n");
        foreach (string path in items.SelectMany(i => (string[])[i.ImagePath, i.MaskPath]))
        {
            var file = new FileInfo(path);
            text.Append(CultureInfo.InvariantCulture, $"{file.FullName} {(file.Exists ? file.Length : 0)} {file.LastWriteTimeUtc.Ticks}\n");
        }
        return text.ToString();
    }

    /// <summary>What tells these samples from others: for files, their paths, sizes, times and classes; else something that never comes again.</summary>
    internal string Identity() => _identity?.Invoke() ?? _once;

    /// <summary>Reads a sample.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="input">How an image becomes the network's input.</param>
    /// <returns>The image as the network takes it, which the caller disposes, and its mask at the image's own size.</returns>
    /// <exception cref="SegMLException">The sample cannot be read, or image and mask differ in size.</exception>
    internal (NetworkImage Image, SegmentationMask Mask) Read(int index, InputOptions input)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        (NetworkImage image, SegmentationMask mask) = _read(index, input);
        if (image.Width != mask.Width || image.Height != mask.Height)
        {
            image.Dispose();
            throw new MaskFormatException($"sample {index}",
                $"has a mask of {mask.Width}x{mask.Height} for an image of {image.Width}x{image.Height}", "make the sizes equal");
        }
        return (image, mask);
    }
}
