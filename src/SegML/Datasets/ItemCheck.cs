using SegML.Annotations;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring;

namespace SegML.Datasets;

/// <summary>One item, read in full: its faults, its size, and what was measured. Holds no pixels.</summary>
internal sealed class ItemCheck
{
    private readonly List<DatasetFinding> _findings = [];

    /// <summary>Reads an item. A fault in one of its files does not keep the other from being looked at.</summary>
    public ItemCheck(DatasetItem item, ClassSet classes, DatasetCheckOptions options)
    {
        Item = item;
        LookAtImage(options);
        if (item.Annotation is { } annotation)
        {
            LookAtDrawing(annotation, classes);
        }
        else if (classes.IsMultiLabel)
        {
            LookAtClassMasks(classes);
        }
        else
        {
            LookAtMask(classes);
        }
        if (Size is { } image && MaskSize is { } mask && image != mask)
        {
            Add(new DatasetFinding(FindingKind.SizeMismatch, item.MaskPath,
                $"is {mask.Width}x{mask.Height}, but its image {item.ImagePath} is {image.Width}x{image.Height}",
                item.SizeFix(mask.Width, mask.Height)));
        }
    }

    public DatasetItem Item { get; }

    public IReadOnlyList<DatasetFinding> Findings => _findings;

    /// <summary>The image's size; null where it could not be read.</summary>
    public (int Width, int Height)? Size { get; private set; }

    public ChannelSums? Sums { get; private set; }

    public FrameLikeness? Likeness { get; private set; }

    /// <summary>Values of no class in the mask.</summary>
    public IReadOnlyList<UnknownValue> Unknown { get; private set; } = [];

    /// <inheritdoc cref="MaskCensus.White"/>
    public bool? White { get; private set; }

    /// <summary>Which of the values 0 to 255 a mask of numbers holds, a bit each; null where it could not be read or holds others or colours.</summary>
    public ValueSet? Values { get; private set; }

    /// <summary>Annotated objects that take no pixels.</summary>
    public IReadOnlyList<AnnotationFormatException> Unusable { get; private set; } = [];

    /// <summary>Names of no class in the annotations.</summary>
    public IReadOnlyList<string> UnknownNames { get; private set; } = [];

    /// <summary>Takes the mask's counts; null where it could not be read. Thrown away once added up: 2 KB an item.</summary>
    public long[]? TakeClassPixels() => Interlocked.Exchange(ref _classPixels, null);

    private (int Width, int Height)? MaskSize { get; set; }

    private long[]? _classPixels;

    private void LookAtImage(DatasetCheckOptions options)
    {
        try
        {
            using RasterImage image = ImageFile.ReadRaster(Item.ImagePath);
            Size = (image.Width, image.Height);
            RasterImage chosen = InputChannels.Of(image, options.Input, Item.ImagePath);
            if (options.Measure)
            {
                Sums = ChannelSums.Of(chosen, options.Input);
                using RgbaImage shown = image.ToRgba();
                Likeness = new FrameLikeness(shown);
            }
            if (!ReferenceEquals(chosen, image))
            {
                chosen.Dispose();
            }
        }
        catch (SegMLException e)
        {
            Add(DatasetFinding.Of(FindingKind.UnreadableImage, e));
        }
    }

    private void LookAtMask(ClassSet classes)
    {
        try
        {
            RawMask raw = MaskFile.ReadRaw(Item.MaskPath);
            MaskSize = Item.Drawing.View == AnnotatedView.Stored && ImageFile.ReadTurn(Item.ImagePath) is { SwapsSides: true } ? (raw.Height, raw.Width) : (raw.Width, raw.Height);
            var census = new MaskCensus(raw, classes);
            Unknown = census.Unknown;
            White = census.White;
            Values = census.Values;
            Take(census.ClassPixels, (long)raw.Width * raw.Height, classes);
        }
        catch (SegMLException e)
        {
            Add(DatasetFinding.Of(FindingKind.UnreadableMask, e));
        }
    }

    private void LookAtClassMasks(ClassSet classes)
    {
        try
        {
            using SegmentationMask mask = ClassMasks.Read(Item.MaskPath, classes);
            MaskSize = Item.Drawing.View == AnnotatedView.Stored && ImageFile.ReadTurn(Item.ImagePath) is { SwapsSides: true } ? (mask.Height, mask.Width) : (mask.Width, mask.Height);
            Take(Pixels(mask), mask.Ids.Length, classes);
        }
        catch (SegMLException e)
        {
            Add(DatasetFinding.Of(FindingKind.UnreadableMask, e));
        }
    }

    /// <summary>Pixels by class id, the ignore index among them.</summary>
    private static long[] Pixels(SegmentationMask mask)
    {
        long[] byValue = new MaskCensus(mask).ClassPixels;
        var pixels = new long[byValue.Length];
        mask.Classes.ByClass(byValue).CopyTo(pixels, 0);
        pixels[mask.Classes.IgnoreIndex] = byValue[mask.Classes.IgnoreIndex];
        return pixels;
    }

    private void LookAtDrawing(Func<AnnotatedImage> read, ClassSet classes)
    {
        try
        {
            AnnotatedImage drawn = read();
            Unusable = drawn.Unusable;
            MaskSize = Item.Drawing.View == AnnotatedView.Stored && ImageFile.ReadTurn(Item.ImagePath) is { SwapsSides: true } ? (drawn.Height, drawn.Width) : (drawn.Width, drawn.Height);
            UnknownNames = [.. drawn.Shapes.Where(s => !AnnotationRasterizer.TryId(s, classes, out _)).Select(s => s.ClassName).Distinct(StringComparer.OrdinalIgnoreCase)];
            if (UnknownNames.Count == 0)
            {
                using SegmentationMask mask = AnnotationRasterizer.Draw(drawn, classes, Item.Drawing with { OnUnusable = UnusablePolicy.Skip });
                Take(Pixels(mask), mask.Ids.Length, classes);
            }
        }
        catch (SegMLException e)
        {
            Add(DatasetFinding.Of(FindingKind.UnreadableMask, e));
        }
    }

    private void Take(long[] classPixels, long all, ClassSet classes)
    {
        _classPixels = classPixels;
        if (classPixels[classes.IgnoreIndex] == all)
        {
            Add(new DatasetFinding(FindingKind.IgnoredMask, Item.MaskPath, "is ignored in every pixel",
                "label it, remove it, or check the \"from\" values of \"ignore\""));
        }
    }

    private void Add(DatasetFinding finding) => _findings.Add(finding with { ImagePath = Item.ImagePath, MaskPath = Item.MaskPath });
}
