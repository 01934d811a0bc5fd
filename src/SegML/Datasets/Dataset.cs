using SegML.Annotations;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Finds a data set's files.</summary>
public static class Dataset
{
    // The split that a fold stands for.
    private const string Held = "val";

    /// <summary>The items of one of a pipeline's splits. Where the pipeline has data.folds, the held fold is "val", and the training splits are without it.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split's name: "train".</param>
    /// <exception cref="DatasetException">
    /// No such split, its folders are not as <see cref="Pair"/> wants them, or its annotations cannot be read.
    /// </exception>
    public static IReadOnlyList<DatasetItem> List(Pipeline pipeline, string split)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        if (pipeline.Data.Folds is not null && split == Held)
        {
            return Folds.Take(Pool(pipeline), pipeline, held: true);
        }
        IReadOnlyList<DatasetItem> items = Survey(pipeline, split).OrThrow();
        if (pipeline.Data.Folds is null || !pipeline.Training.Splits.Contains(split))
        {
            return items;
        }
        var trained = ListTraining(pipeline).Select(i => i.ImagePath).ToHashSet();
        return [.. items.Where(i => trained.Contains(i.ImagePath))];
    }

    /// <summary>The items of all splits that a pipeline's training.splits names, split after split.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <exception cref="DatasetException">As <see cref="List"/>.</exception>
    public static IReadOnlyList<DatasetItem> ListTraining(Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Data.Folds is null ? Pool(pipeline) : Folds.Take(Pool(pipeline), pipeline, held: false);
    }

    /// <summary>
    /// The items of one of a pipeline's splits as far as there are any, and everything that keeps files from being paired.
    /// </summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split's name: "train".</param>
    /// <exception cref="DatasetException">No such split, or the pipeline does not say where its data is.</exception>
    public static DatasetListing Survey(Pipeline pipeline, string split)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(split);
        SourceOptions source = Source(pipeline, split);
        var files = new SourceListing(source, pipeline.Data, path => Resolve(pipeline, path)) { ClassNames = pipeline.Classes.Names };
        try
        {
            DatasetListing listing = pipeline.Data.OnDamaged == UnusablePolicy.Skip ? ReadableItems.Of(files.Pair()) : files.Pair();
            return source is ShareOptions shares ? Share(listing, files, shares, split) : listing;
        }
        catch (SegMLException e) when (e is DatasetException or AnnotationFormatException)
        {
            return new DatasetListing([], [DatasetFinding.Of(FindingKind.BadSource, e)]);
        }
    }

    /// <summary>Whether the folder of a split's images is there.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="split">The split's name: "train".</param>
    /// <exception cref="DatasetException">No such split.</exception>
    public static bool Exists(Pipeline pipeline, string split)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(split);
        return Directory.Exists(Path.Combine(pipeline.Data.Root ?? "", Source(pipeline, split).Images));
    }

    /// <summary>
    /// Pairs the images of a folder with the masks of another: same file name, extensions aside. Subfolders are not
    /// searched, and masks that have no image are left alone.
    /// </summary>
    /// <param name="imageFolder">Folder of JPEG, PNG, BMP and WebP images.</param>
    /// <param name="maskFolder">Folder of masks.</param>
    /// <returns>The items in ordinal order of the images' file names, the same on every system.</returns>
    /// <exception cref="DatasetException">
    /// A folder is missing, there is no image, an image has no mask, or two files differ only by extension.
    /// </exception>
    public static IReadOnlyList<DatasetItem> Pair(string imageFolder, string maskFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFolder);
        ArgumentException.ThrowIfNullOrEmpty(maskFolder);
        return new SourceListing(new SplitOptions { Images = imageFolder, Masks = maskFolder }, new DataOptions(), path => path).Pair().OrThrow();
    }

    private static DatasetItem[] Pool(Pipeline pipeline) => [.. pipeline.Training.Splits.SelectMany(split => Survey(pipeline, split).OrThrow())];

    private static SourceOptions Source(Pipeline pipeline, string split)
    {
        if (pipeline.Data.Splits.TryGetValue(split, out SplitOptions? source))
        {
            return source;
        }
        return pipeline.Data.Shares is { } shares && shares.Splits.ContainsKey(split)
            ? shares
            : throw new DatasetException(pipeline.Source, $"has no split \"{split}\"", pipeline.Data.SplitNames.Any()
                ? $"choose one of {string.Join(", ", pipeline.Data.SplitNames)}"
                : "add one under data.splits");
    }

    private static string Resolve(Pipeline pipeline, string path)
    {
        if (Path.IsPathFullyQualified(path))
        {
            return path;
        }
        return pipeline.Data.Root is { } root
            ? Path.Combine(root, path)
            : throw new DatasetException(pipeline.Source, "does not say where its data is", "pass --data DIR or set data.root");
    }

    /// <summary>A split's share of a source. What could not be paired is told with the first split only, or each would tell it.</summary>
    private static DatasetListing Share(DatasetListing all, SourceListing files, ShareOptions shares, string split)
    {
        IReadOnlyDictionary<string, string> splitOf = ShareSplit.Divide([.. all.Items.Select(files.NameOf)], shares);
        return new DatasetListing([.. all.Items.Where(i => splitOf[files.NameOf(i)] == split)], split == shares.Splits.Keys.First() ? all.Findings : []);
    }
}
