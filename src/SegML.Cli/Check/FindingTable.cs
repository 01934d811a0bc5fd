using System.Globalization;
using System.Text;
using SegML.Datasets;

namespace SegML.Cli.Check;

/// <summary>How many findings of each kind each split has: what a long list comes to.</summary>
internal static class FindingTable
{
    /// <summary>A line a kind, errors first; empty where there are no findings.</summary>
    public static string Of(IReadOnlyList<SplitCheck> splits)
    {
        DatasetFinding[] all = [.. splits.SelectMany(s => s.Findings)];
        var kinds = all.GroupBy(f => (f.IsError, f.Kind)).OrderByDescending(k => k.Key.IsError).ThenByDescending(k => k.Count()).ToList();
        if (kinds.Count == 0)
        {
            return "";
        }
        int width = kinds.Max(k => Title(k.Key.Kind).Length), column = Math.Max(7, splits.Max(s => s.Name.Length));
        var text = new StringBuilder("by kind".PadRight(width + 9));
        foreach (SplitCheck split in splits)
        {
            text.Append("  ").Append(split.Name.PadLeft(column));
        }
        foreach (var kind in kinds)
        {
            text.AppendLine().Append(kind.Key.IsError ? "fault    " : "warning  ").Append(Title(kind.Key.Kind).PadRight(width));
            foreach (SplitCheck split in splits)
            {
                int count = split.Findings.Count(f => (f.IsError, f.Kind) == kind.Key);
                text.Append("  ").Append(count.ToString(CultureInfo.InvariantCulture).PadLeft(column));
            }
        }
        return text.ToString();
    }

    private static string Title(FindingKind kind) => kind switch
    {
        FindingKind.BadSource => "folder or list that cannot be used",
        FindingKind.MissingListed => "listed image that is not there",
        FindingKind.MissingMask => "image without a mask or annotation",
        FindingKind.MissingImage => "mask or annotation without an image",
        FindingKind.DoubleImage => "mask of two images",
        FindingKind.DoubleMask => "image of two masks",
        FindingKind.UnreadableImage => "image that cannot be read",
        FindingKind.UnreadableMask => "mask or annotation that cannot be read",
        FindingKind.SizeMismatch => "mask of another size than its image",
        FindingKind.UnknownValue => "mask value of no class",
        FindingKind.UnknownColor => "mask colour of no class",
        FindingKind.UnknownName => "annotated class that is not in the pipeline",
        FindingKind.UnusableObject => "kind of annotated object that cannot be drawn",
        FindingKind.PoorFit => "class list that fits few masks",
        FindingKind.NarrowRange => "images that use little of their range",
        FindingKind.IgnoredMask => "mask that is ignored altogether",
        FindingKind.AbsentClass => "class that occurs in no mask",
        FindingKind.NearDuplicate => "frame that another split has too",
        _ => kind.ToString(),
    };
}
