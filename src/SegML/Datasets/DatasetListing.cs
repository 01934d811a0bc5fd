namespace SegML.Datasets;

/// <summary>A split's files as they were found, before any is opened.</summary>
/// <param name="Items">The pairs, in ordinal order of the images' names.</param>
/// <param name="Findings">What keeps files from being paired.</param>
public sealed record DatasetListing(IReadOnlyList<DatasetItem> Items, IReadOnlyList<DatasetFinding> Findings)
{
    /// <summary>The items, unless a finding is an error.</summary>
    /// <exception cref="DatasetException">There is an error: the first.</exception>
    internal IReadOnlyList<DatasetItem> OrThrow() => Findings.FirstOrDefault(f => f.IsError) is { } error
        ? throw new DatasetException(error.Subject, error.Fault, error.Fix)
        : Items;
}
