using SegML.Cli.Reports;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>A comparison as a page: curves over each other, tables.</summary>
internal static class ComparisonPage
{
    public static ReportPage Of(RunComparison comparison)
    {
        var page = new ReportPage($"{comparison.Runs[0].Pipeline.Name}: {comparison.Runs.Count.Of("run")} compared",
            "Figures are those of each run's best epoch on its validation images.");
        page.Add("Figures", Table(comparison, "", ComparisonTable.Figures(comparison)));
        if (comparison.Options.Count > 0)
        {
            page.Add("Options that differ", Table(comparison, "Option", ComparisonTable.Options(comparison)));
        }
        page.Add("Curves", Html.Of($"""
            {LineChart.Grid(
                LineChart.Of("Mean IoU on validation images", "epoch", Lines(comparison, e => e.MeanIoU, dots: true), top: 1, wide: true),
                LineChart.Of("Training loss", "epoch", Lines(comparison, e => e.Loss, dots: false), wide: true))}
            <p class="after">Losses are comparable only between runs with the same loss and class weights.</p>
            """));
        if (ComparisonTable.Classes(comparison) is { Count: > 0 } classes)
        {
            page.Add("Classes", Html.Of($"<p>IoU at each run's best epoch.</p>{Table(comparison, "Class", classes)}"));
        }
        return page;
    }

    private static Html Table(RunComparison comparison, string heading, IReadOnlyList<(string Label, IReadOnlyList<string> Values)> rows) =>
        Html.Of($"<div class=\"same\">{ReportParts.Table([heading, .. comparison.Names], rows.Select(row => (string[])[row.Label, .. row.Values]))}</div>");

    private static ChartLine[] Lines(RunComparison comparison, Func<EpochRecord, double> figure, bool dots) =>
        [.. comparison.Runs.Select((run, i) => new ChartLine(comparison.Names[i],
            [.. run.Epochs.Select(e => ((double)e.Epoch, figure(e))).Where(p => !double.IsNaN(p.Item2))], dots))];
}
