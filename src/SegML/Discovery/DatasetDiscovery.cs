using System.Globalization;
using SegML.Annotations;
using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>
/// Recognises a data set in a folder, as annotation tools and public data sets lay theirs out: which images belong to which annotations or
/// masks, which classes there are, and how the images divide into splits.
/// </summary>
public static class DatasetDiscovery
{
    private const int Sampled = 20;

    /// <summary>Looks through a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The pipeline's name; null: the folder's.</param>
    /// <exception cref="DatasetException">There are no images, or nothing that annotates them is recognised; the message says what was looked at.</exception>
    public static DiscoveredSet Find(string folder, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var tree = new FolderTree(folder);
        if (tree.Images.Count == 0)
        {
            throw new DatasetException(folder, $"holds no images among its {tree.Files.Count.Of("file")}", "put the images there that the annotations are about");
        }
        var choices = new List<(string Key, string Reason)>();
        var annotations = new AnnotationFinder(tree);
        List<FoundSource> sources = Drawable(annotations.Find(), tree, annotations.Refused);
        List<FoundSource> masks = sources.Count > 0 && !sources.All(s => s.Format == new YoloFormat().Name) ? [] : new MaskFinder(tree).Find();
        sources = sources.Count > 0 ? sources : masks;
        if (sources.Count == 0)
        {
            throw new DatasetException(folder, $"holds {tree.Images.Count.Of("image")}, but neither annotations of a known format nor masks of their names"
                + (annotations.Refused.Count == 0 ? "" : $" ({string.Join("; ", annotations.Refused.OrderBy(r => r.Contains("of no annotation format", StringComparison.Ordinal)).Take(3))})"),
                $"the formats are {AnnotationFormats.Names} and masks ({string.Join(", ", MaskFile.Extensions)})");
        }
        DataOptions data = new SplitChoice(tree, choices).Divide(sources) with { Root = tree.Root };
        var pipeline = new Pipeline
        {
            Name = NameOf(name ?? Path.GetFileName(tree.Root)),
            Classes = new ClassSet([new SegmentationClass { Id = 0, Name = "any", Color = default }]),
            Data = data,
            Source = folder,
        };
        return sources[0].Masks is not null ? WithMasks(pipeline, tree, choices) : WithLabels(pipeline, tree, sources, choices);
    }

    private static DiscoveredSet WithMasks(Pipeline pipeline, FolderTree tree, List<(string Key, string Reason)> choices)
    {
        pipeline = WithoutUnannotated(pipeline, choices);
        (ClassSet classes, string reason) = MaskClasses.Of(Items(pipeline), ClassList.Find(tree), pipeline.Source);
        choices.Add(("classes", reason));
        return new DiscoveredSet { Pipeline = pipeline with { Classes = classes }, Choices = choices };
    }

    private static DiscoveredSet WithLabels(Pipeline pipeline, FolderTree tree, IReadOnlyList<FoundSource> sources, List<(string Key, string Reason)> choices)
    {
        pipeline = WithoutUnannotated(pipeline, choices);
        (string File, IReadOnlyList<ClassList.Entry> Classes)? list = ClassList.Find(tree);
        var labels = new LabelClasses(Items(pipeline), [.. sources.SelectMany(s => s.Classes).DistinctBy(c => c.Name)], list, pipeline.Source);
        if (labels.Classes.Count < 2 && !labels.IsDense && labels.Shapes == 0)
        {
            throw new DatasetException(pipeline.Source, $"has annotations of {labels.Images.Of("image")}, but nothing in them can be drawn ({labels.Unusable.Of("object")} cannot, {labels.Failed.Of("image")} cannot be read)",
                "export polygons or masks");
        }
        string declared = sources.Any(s => s.Classes.Count > 0) ? $"declared by the {sources[0].Format}" : list is { } found ? $"listed by {found.File}" : "as the labels name them";
        choices.Add(("classes", $"{declared}; drawn in {labels.Images.Of("image")}: {labels.Counts}"));
        DataOptions data = pipeline.Data;
        string unlabelled = labels.IsDense ? AnnotationOptions.Ignored : labels.Classes.Names.First(n => n.Equals("background", StringComparison.OrdinalIgnoreCase));
        data = data with { Unlabelled = unlabelled };
        choices.Add(("data.unlabelled", string.Create(CultureInfo.InvariantCulture, $"{100 * labels.Unlabelled:0.#} % of the pixels are annotated by nobody: ")
            + (labels.IsDense ? "they are left out of training" : "they count as background; if they are merely not annotated yet, set \"ignore\"")));
        if (labels.Unusable > 0)
        {
            data = data with { OnUnusable = UnusablePolicy.Skip };
            choices.Add(("data.onUnusable", $"left out: {labels.Unusable.Of("annotated object")} in {labels.Images.Of("image")} that cannot be drawn; segml check lists them"));
        }
        return new DiscoveredSet { Pipeline = pipeline with { Classes = labels.Classes, Data = data }, Choices = choices };
    }

    /// <summary>Images without annotations are mostly those that nobody got to yet.</summary>
    private static Pipeline WithoutUnannotated(Pipeline pipeline, List<(string Key, string Reason)> choices)
    {
        int missing = pipeline.Data.SplitNames.Sum(s => Dataset.Survey(pipeline, s).Findings.Count(f => f.Kind == FindingKind.MissingMask));
        if (missing == 0)
        {
            return pipeline;
        }
        choices.Add(("data.unannotated", $"left out: {missing.Of("image")} without an annotation"));
        return pipeline with { Data = pipeline.Data with { Unannotated = UnannotatedPolicy.Skip } };
    }

    /// <exception cref="DatasetException">A split's source cannot be used.</exception>
    private static List<DatasetItem> Items(Pipeline pipeline)
    {
        var items = new List<DatasetItem>();
        foreach (DatasetListing listing in pipeline.Data.SplitNames.Select(s => Dataset.Survey(pipeline, s)))
        {
            items.AddRange(listing.Findings.FirstOrDefault(f => f.Kind == FindingKind.BadSource) is { } bad ? throw new DatasetException(bad.Subject, bad.Fault, bad.Fix) : listing.Items);
        }
        return items;
    }

    /// <summary>The sources that have something to draw. Of several for the same images and split, the one that draws most.</summary>
    private static List<FoundSource> Drawable(List<FoundSource> sources, FolderTree tree, List<string> refused)
    {
        var drawable = new List<(FoundSource Source, int Shapes)>();
        int empty = 0;
        foreach (FoundSource source in sources)
        {
            (int shapes, SegMLException? fault) = Sample(source, tree);
            if (shapes > 0)
            {
                drawable.Add((source, shapes));
            }
            else
            {
                // First what is of a known format.
                refused.Insert(empty++, $"{tree.Full(source.Annotations!)} is {source.Format}, but nothing in it can be drawn{(fault is null ? "" : $": {fault.Fault}")}");
            }
        }
        return [.. drawable.GroupBy(s => (s.Source.Images, s.Source.Split)).Select(g => g.OrderByDescending(s => s.Shapes).ThenBy(s => s.Source.Annotations, StringComparer.Ordinal).First().Source)
            .OrderByDescending(s => s.Count)];
    }

    private static (int Shapes, SegMLException? Fault) Sample(FoundSource source, FolderTree tree)
    {
        var pipeline = new Pipeline
        {
            Name = "sample",
            Classes = new ClassSet([new SegmentationClass { Id = 0, Name = "any", Color = default }]),
            Data = new DataOptions { Root = tree.Root, Pairing = source.Pairing, Splits = new Dictionary<string, SplitOptions> { ["all"] = source.ToSplit() } },
            Source = tree.Root,
        };
        SegMLException? fault = null;
        int shapes = 0;
        foreach (DatasetItem item in MaskClasses.Spread(Dataset.Survey(pipeline, "all").Items, Sampled))
        {
            try
            {
                AnnotatedImage image = item.Annotation!();
                shapes += image.Shapes.Count;
                fault ??= image.Unusable.FirstOrDefault();
            }
            catch (SegMLException e)
            {
                fault ??= e;
            }
        }
        return (shapes, fault);
    }

    private static string NameOf(string name)
    {
        string plain = string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')).Trim('-', '.');
        return plain.Length > 0 ? plain : "dataset";
    }
}
