namespace SegML.Pipelines;

/// <summary>
/// One round of a cross-validation: the images of training.splits are divided into folds of the same size; one fold is the split "val", the
/// others are trained on. <c>segml train --folds 5</c> goes through all of them.
/// </summary>
public sealed record FoldOptions
{
    /// <summary>How many folds, 2 to 20.</summary>
    public required int Count { get; init; }

    /// <summary>The fold to validate on, 1 to <see cref="Count"/>.</summary>
    public required int Held { get; init; }

    /// <summary>Decides which images fall where. The same seed and the same names always divide alike. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What keeps images together, as in data.shares.groupBy: "folder", or a regular expression. Null: that of data.shares, if there is one. Default null.</summary>
    public string? GroupBy { get; init; }

    internal void Validate(string source)
    {
        var range = new OptionRange(source, "data.folds");
        range.Within(Count, 2, 20, "count");
        range.Within(Held, 1, Count, "held");
        if (GroupBy is { } pattern && pattern != ShareOptions.Folder)
        {
            DataOptions.Expression(source, "data.folds.groupBy", pattern);
        }
    }
}
