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
    private string? _pipeline;

    /// <param name="count">How many samples there are, at least 1.</param>
    /// <param name="read">
    /// Gives the sample of an index from 0 to <paramref name="count"/> - 1, image and mask of one size. Called from several threads at a time. The image
    /// is disposed by the caller.
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
        return new SampleSource(items.Count, (i, input) => Read(items[i], classes, input))
        {
            _identity = () => IdentityOf(items, classes),
        };
    }

    /// <summary>The samples of some of a pipeline's files.</summary>
    internal static SampleSource FromFiles(IReadOnlyList<DatasetItem> items, Pipeline pipeline)
    {
        SampleSource source = FromFiles(items, pipeline.Classes);
        source._pipeline = pipeline.Source;
        return source;
    }

    private static (NetworkImage Image, SegmentationMask Mask) Read(DatasetItem item, ClassSet classes, InputOptions input)
    {
        NetworkImage image = NetworkImage.Read(item.ImagePath, input);
        SegmentationMask mask = item.ReadMask(classes);
        if (image.Width != mask.Width || image.Height != mask.Height)
        {
            image.Dispose();
            throw new MaskFormatException(item.MaskPath,
                $"is {mask.Width}x{mask.Height}, but its image {item.ImagePath} is {image.Width}x{image.Height}", item.SizeFix(mask.Width, mask.Height));
        }
        return (image, mask);
    }

    private static string IdentityOf(IReadOnlyList<DatasetItem> items, ClassSet classes)
    {
        var text = new StringBuilder();
        foreach (SegmentationClass c in classes.Classes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{c.Id} {c.Name} {string.Join(',', c.From ?? [])} {c.Color}\n");
        }
        text.Append(classes.IsMultiLabel ? "overlap\n" : "");
        text.Append(CultureInfo.InvariantCulture, $"{classes.Ignore.Id} {string.Join(',', classes.Ignore.From ?? [])} {classes.Ignore.Color}\n");
        foreach (string rules in items.Select(i => i.Rules).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"{rules}\n");
        }
        foreach (string path in items.SelectMany(i => classes.IsMultiLabel && !i.IsAnnotated
            ? ClassMasks.Files(i.MaskPath, classes.Names).Select(f => f.Path).Prepend(i.ImagePath) : [i.ImagePath, i.MaskPath]))
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

    /// <summary>Reads every sample once and keeps none.</summary>
    /// <param name="input">How an image becomes the network's input.</param>
    /// <param name="occurs">Receives which mask values there are, by value: 256.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What is wrong with those that cannot be read, in their order.</returns>
    internal IReadOnlyList<SegMLException> Check(InputOptions input, bool[] occurs, CancellationToken cancellation) => EverySample.Visit(Count, i =>
    {
        (NetworkImage image, SegmentationMask mask) = Read(i, input);
        image.Dispose();
        foreach (byte id in mask.Ids)
        {
            // All write the same, so that no lock is needed.
            occurs[id] = true;
        }
    }, cancellation);

    /// <summary>What to throw for samples that cannot be read: of a pipeline's files how many there are, of other samples the first fault.</summary>
    /// <param name="faults">At least one.</param>
    internal SegMLException Combine(IReadOnlyList<SegMLException> faults) => _pipeline is null ? faults[0] : new DatasetException(_pipeline,
        $"has data that cannot be used: {faults[0].Message}{(faults.Count == 1 ? "" : $", and {faults.Count - 1} more")}",
        "segml check lists all of it; nothing was trained", faults[0]);
}
