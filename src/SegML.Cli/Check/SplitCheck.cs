using SegML.Datasets;

namespace SegML.Cli.Check;

/// <summary>A split, checked: its files and what is in them.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Listing">Its files, and those that found no partner.</param>
/// <param name="Report">What is in the files.</param>
/// <param name="Shared">Frames that an earlier split holds too.</param>
internal sealed record SplitCheck(string Name, DatasetListing Listing, DatasetReport Report, IReadOnlyList<DatasetFinding> Shared)
{
    /// <summary>All findings: of pairs, of files, of splits against each other.</summary>
    public IReadOnlyList<DatasetFinding> Findings { get; } = [.. Listing.Findings, .. Report.Findings, .. Shared];

    public int Errors => Findings.Count(f => f.IsError);

    public int Warnings => Findings.Count - Errors;
}
