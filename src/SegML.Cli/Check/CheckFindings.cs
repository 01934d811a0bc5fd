using SegML.Cli.Reports;
using SegML.Datasets;

namespace SegML.Cli.Check;

/// <summary>A split's findings on the page: by kind, the first few with pictures.</summary>
internal static class CheckFindings
{
    /// <summary>Findings of a kind that are listed, and that have pictures.</summary>
    private const int Listed = 50, Pictured = 6;

    public static Html Of(SplitCheck split, CheckPictures pictures, CancellationToken cancellation) =>
        Html.Join(split.Findings.GroupBy(f => f.Kind).OrderBy(g => !g.First().IsError).Select(kind =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Kind(kind.Key, [.. kind], pictures);
        }));

    private static Html Kind(FindingKind kind, IReadOnlyList<DatasetFinding> findings, CheckPictures pictures)
    {
        string severity = findings[0].IsError ? "error" : "warning";
        Html rest = findings.Count > Listed ? Html.Of($"<li class=\"note\">and {findings.Count - Listed} more</li>") : Html.Empty;
        return Html.Of($"""
            <h3>{Heading(kind)} ({severity}, {findings.Count})</h3>
            <ul class="findings">{findings.Take(Listed).Select(f => Html.Of($"<li>{f.Message}</li>\n"))}{rest}</ul>
            {findings.Take(Pictured).Select(f => Pictures(f, pictures))}
            """);
    }

    private static Html Pictures(DatasetFinding finding, CheckPictures pictures)
    {
        (string Caption, string? Path, string? Picture)[] shown =
        [
            ("image", finding.ImagePath, finding.ImagePath is { } image ? CheckPictures.Image(image) : null),
            ("mask", finding.MaskPath, finding.MaskPath is { } mask ? pictures.Mask(mask, finding.At) : null),
            ("the other", finding.OtherPath, finding.OtherPath is not { } other ? null
                : finding.Kind == FindingKind.DoubleMask ? pictures.Mask(other, null) : CheckPictures.Image(other)),
        ];
        (string, string)[] made = [.. shown.Where(s => s.Picture is not null).Select(s => ($"{s.Caption}: {Path.GetFileName(s.Path)}", s.Picture!))];
        return made.Length == 0 ? Html.Empty : ReportParts.ContactSheet(3, made);
    }

    private static string Heading(FindingKind kind) => kind switch
    {
        FindingKind.BadSource => "Folders and lists that cannot be used",
        FindingKind.MissingListed => "Listed images that are not there",
        FindingKind.MissingMask => "Images without a mask",
        FindingKind.MissingImage => "Masks without an image",
        FindingKind.DoubleImage => "Two images for one mask",
        FindingKind.DoubleMask => "Two masks for one image",
        FindingKind.UnreadableImage => "Images that cannot be read",
        FindingKind.UnreadableMask => "Masks that cannot be read",
        FindingKind.SizeMismatch => "Masks of another size than their image",
        FindingKind.UnknownValue => "Mask values of no class",
        FindingKind.UnknownColor => "Mask colours of no class",
        FindingKind.UnknownName => "Annotations of no class",
        FindingKind.UnusableObject => "Annotated objects that cannot be drawn",
        FindingKind.PoorFit => "Classes that do not seem to fit the masks",
        FindingKind.NarrowRange => "Images that use little of their range",
        FindingKind.IgnoredMask => "Masks in which every pixel is ignored",
        FindingKind.AbsentClass => "Classes that never occur",
        FindingKind.NearDuplicate => "Frames that an earlier split holds too",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is no kind of finding"),
    };
}
