using System.Globalization;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Divides a pipeline's training items into folds.</summary>
internal static class Folds
{
    private const string Key = "data.folds";

    /// <summary>The items of the held fold, or of all others, in their order.</summary>
    /// <param name="items">All items.</param>
    /// <param name="pipeline">A pipeline with folds.</param>
    /// <param name="held">Which of the two.</param>
    /// <exception cref="DatasetException">There are fewer items, or groups of them, than folds.</exception>
    public static IReadOnlyList<DatasetItem> Take(IReadOnlyList<DatasetItem> items, Pipeline pipeline, bool held)
    {
        FoldOptions folds = pipeline.Data.Folds!;
        if (items.Count < folds.Count)
        {
            throw new DatasetException(pipeline.Source, $"has {items.Count.Of("image")} to train on, too few for {folds.Count.Of("fold")}", $"choose a smaller {Key}.count");
        }
        string[] names = [.. items.Select(item => NameOf(item, pipeline.Data.Root))];
        var shares = new ShareOptions
        {
            Images = pipeline.Source,
            Splits = Enumerable.Range(1, folds.Count).ToDictionary(fold => fold.ToString(CultureInfo.InvariantCulture), _ => 1.0 / folds.Count),
            Seed = folds.Seed,
            GroupBy = folds.GroupBy ?? pipeline.Data.Shares?.GroupBy,
        };
        IReadOnlyDictionary<string, string> foldOf = ShareSplit.Divide(names, shares, Key);
        string own = folds.Held.ToString(CultureInfo.InvariantCulture);
        return [.. items.Where((_, i) => foldOf[names[i]] == own == held)];
    }

    // Without the root: a data set divides alike wherever it lies.
    private static string NameOf(DatasetItem item, string? root) =>
        ImageName.Key(root is null ? item.ImagePath : Path.GetRelativePath(root, item.ImagePath));
}
