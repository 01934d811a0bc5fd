namespace SegML.Datasets;

/// <summary>What a check of a data set found.</summary>
/// <param name="Items">How many items were checked.</param>
/// <param name="Faults">A line for every item that cannot be used, in the items' order.</param>
/// <param name="ClassPixels">Pixels by class id over all masks that could be read.</param>
/// <param name="IgnoredPixels">Pixels with the ignore index.</param>
public sealed record DatasetReport(int Items, IReadOnlyList<string> Faults, IReadOnlyList<long> ClassPixels, long IgnoredPixels);
