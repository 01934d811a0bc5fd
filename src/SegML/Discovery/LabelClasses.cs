using System.Globalization;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>The classes of annotations, and what is to be done about pixels that nobody annotated and objects that cannot be drawn.</summary>
internal sealed class LabelClasses
{
    // Reading takes about a millisecond a file; drawing is only for the share of pixels that nobody annotated.
    private const int Read = 2000, Drawn = 40;

    private const double Dense = 0.02;

    private readonly Dictionary<string, int> _counts = new(StringComparer.OrdinalIgnoreCase);

    public LabelClasses(IReadOnlyList<DatasetItem> items, IReadOnlyList<AnnotationClass> declared, (string File, IReadOnlyList<ClassList.Entry> Classes)? list, string source)
    {
        var drawn = new List<AnnotatedImage>();
        foreach (DatasetItem item in MaskClasses.Spread(items, Read))
        {
            Images++;
            try
            {
                AnnotatedImage image = item.Annotation!();
                Unusable += image.Unusable.Count;
                Shapes += image.Shapes.Count;
                foreach (string name in image.Shapes.Select(s => s.ClassName))
                {
                    _counts[name] = _counts.GetValueOrDefault(name) + 1;
                }
                if (drawn.Count < Drawn && image.Shapes.Count > 0)
                {
                    drawn.Add(image);
                }
            }
            catch (SegMLException)
            {
                // segml check names it.
                Failed++;
            }
        }
        // Declared order first, then what occurs besides, the most frequent first.
        AnnotationClass[] known = [.. declared, .. (list?.Classes ?? []).Select(c => new AnnotationClass(c.Name, c.Color))];
        AnnotationClass[] all = [.. known.Concat(_counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => new AnnotationClass(c.Key)))
            .Where(c => !string.IsNullOrWhiteSpace(c.Name)).DistinctBy(c => UnicodeName.Of(c.Name), StringComparer.OrdinalIgnoreCase)];
        HasBackground = all.Any(c => c.Name.Equals("background", StringComparison.OrdinalIgnoreCase));
        Unlabelled = UnlabelledShare(drawn, all);
        IsDense = Unlabelled < Dense && !HasBackground;
        if (!IsDense && !HasBackground)
        {
            all = [new AnnotationClass("background", default(Rgb)), .. all];
        }
        else if (HasBackground)
        {
            all = [.. all.OrderBy(c => !c.Name.Equals("background", StringComparison.OrdinalIgnoreCase))];
        }
        Classes = Make(all, source);
    }

    public int Images { get; }

    public int Shapes { get; }

    public int Unusable { get; }

    public int Failed { get; }

    /// <summary>The mean share of the pixels that nobody annotated.</summary>
    public double Unlabelled { get; }

    /// <summary>Whether all but every pixel is annotated, so that the rest is left out of training rather than a class.</summary>
    public bool IsDense { get; }

    public bool HasBackground { get; }

    public ClassSet Classes { get; }

    /// <summary>How often each class was drawn, the most frequent first: "car 12, road 7".</summary>
    public string Counts => string.Join(", ", _counts.OrderByDescending(c => c.Value).Take(8).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value}")))
        + (_counts.Count > 8 ? $" and {_counts.Count - 8} more" : "");

    private static double UnlabelledShare(List<AnnotatedImage> images, AnnotationClass[] all)
    {
        if (images.Count == 0 || all.Length == 0)
        {
            return 1;
        }
        ClassSet classes = Make(all, "");
        return images.Average(image =>
        {
            using SegmentationMask mask = AnnotationRasterizer.Draw(image, classes, new AnnotationOptions { Unlabelled = AnnotationOptions.Ignored, OnUnusable = UnusablePolicy.Skip });
            return (double)mask.Ids.Count(classes.IgnoreIndex) / mask.Ids.Length;
        });
    }

    private static ClassSet Make(AnnotationClass[] all, string source)
    {
        // A class called "7" would be taken for the value 7, so all are then listed under "from".
        bool numbers = all.Any(c => int.TryParse(c.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        return new ClassSet([.. all.Take(255).Select((c, i) => new SegmentationClass
        {
            Id = i,
            Name = c.Name,
            Color = c.Color ?? DefaultPalette.ColorOf(i),
            From = numbers ? [c.Name] : null,
        })], source: source);
    }
}
