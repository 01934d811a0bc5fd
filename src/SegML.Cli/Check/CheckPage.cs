using System.Globalization;
using SegML.Cli.Reports;
using SegML.Datasets;
using SegML.Masks;

namespace SegML.Cli.Check;

/// <summary>A check as a page: figures, findings with pictures, contact sheets.</summary>
internal static class CheckPage
{
    /// <summary>Pictures in a split's contact sheet, spread evenly over it.</summary>
    private const int SheetPictures = 24;

    public static ReportPage Of(PipelineCheckup checkup, CancellationToken cancellation)
    {
        int images = checkup.Splits.Sum(s => s.Report.Items), errors = checkup.Refusals.Count + checkup.Splits.Sum(s => s.Errors), warnings = checkup.Splits.Sum(s => s.Warnings);
        var pictures = new CheckPictures(checkup.Pipeline.Classes);
        var page = new ReportPage($"{checkup.Pipeline.Name}: the data, checked",
            $"All images and masks of {string.Join(", ", checkup.Splits.Select(s => s.Name))} were read in full. {(errors == 0 ? "Training can use them." : "Training refuses data with errors.")}");
        page.Add("Summary", ReportParts.Tiles(
        [
            ("errors", Count(errors)), ("warnings", Count(warnings)), ("images with masks", Count(images)),
        ]));
        if (checkup.Refusals.Count > 0)
        {
            page.Add("What training refuses", Html.Of($"<ul class=\"findings\">{checkup.Refusals.Select(r => Html.Of($"<li>{r.Message}</li>\n"))}</ul>"));
        }
        foreach (SplitCheck split in checkup.Splits.Where(s => s.Findings.Count > 0))
        {
            page.Add($"Findings in {split.Name}", CheckFindings.Of(split, pictures, cancellation));
        }
        page.Add("Classes", Html.Join(checkup.Splits.Select(s => Classes(s, checkup))));
        page.Add("Images", Images(checkup));
        foreach (SplitCheck split in checkup.Splits.Where(s => s.Listing.Items.Count > 0))
        {
            page.Add($"Contact sheet of {split.Name}", Html.Of($"{MetricsTables.Legend(checkup.Pipeline.Classes)}{Sheet(split, pictures, cancellation)}"));
        }
        return page;
    }

    private static Html Classes(SplitCheck split, PipelineCheckup checkup)
    {
        DatasetReport report = split.Report;
        double labelled = Math.Max(1, report.ClassPixels.Sum()), all = Math.Max(1, report.ClassPixels.Sum() + report.IgnoredPixels);
        float[] weights = checkup.Weights(split);
        IEnumerable<Html> rows = checkup.Pipeline.Classes.Classes.Select(c => Row(c, report.ClassPixels[c.Id] / labelled, report.ClassMasks[c.Id], weights[c.Id]));
        return Html.Of($"""
            <h3>{split.Name}</h3>
            <div class="scroll"><table>
            <thead><tr><th>Class</th><th class="n">Share of labelled pixels</th><th></th><th class="n">Masks</th><th class="n">Weight ({checkup.Weighting.ToString()})</th></tr></thead>
            <tbody>
            {rows}<tr class="total"><td class="name">Ignored, of all pixels</td><td class="n">{MetricsTables.Share(report.IgnoredPixels / all)}</td><td></td><td></td><td></td></tr>
            </tbody></table></div>
            """);
    }

    private static Html Row(SegmentationClass c, double share, int masks, float weight) => Html.Of($"""
        <tr><td class="name">{MetricsTables.Swatch(c.Color)}{c.Name}</td><td class="n">{100 * share:0.00}&nbsp;%</td><td class="wide">{MetricsTables.Bar(share, c.Color.ToString())}</td><td class="n">{masks}</td><td class="n">{weight:0.000}</td></tr>

        """);

    private static Html Images(PipelineCheckup checkup) => Html.Of($"""
        <p>Mean and standard deviation of all pixels, in the colour space of the pipeline's input ({CheckJson.NameOf(checkup.Pipeline.Input.ColorSpace)}); those of the training split can go into its "input" part.</p>
        {ReportParts.Table(["Split", "Images", "Sizes", "Mean", "Standard deviation"], checkup.Splits.Select(s => (string[])
            [s.Name, Count(s.Report.Items), Sizes(s.Report), Numbers(s.Report.Mean), Numbers(s.Report.Std)]))}
        """);

    private static Html Sheet(SplitCheck split, CheckPictures pictures, CancellationToken cancellation)
    {
        IReadOnlyList<DatasetItem> items = split.Listing.Items;
        int count = Math.Min(SheetPictures, items.Count);
        DatasetItem[] shown = [.. Enumerable.Range(0, count).Select(i => items[(int)((long)i * items.Count / count)])];
        (string Caption, string? Image)[] made = [.. shown.AsParallel().AsOrdered().WithCancellation(cancellation)
            .Select(item => (Path.GetFileName(item.ImagePath), pictures.Thumbnail(item)))];
        return ReportParts.ContactSheet(4, made.Where(m => m.Image is not null).Select(m => (m.Caption, m.Image!)));
    }

    private static string Sizes(DatasetReport report) =>
        string.Join(", ", report.Sizes.Take(5).Select(s => $"{s.Width}x{s.Height} ({s.Images})")) + (report.Sizes.Count > 5 ? $" and {report.Sizes.Count - 5} more" : "");

    private static string Numbers(IEnumerable<double> values) => string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
