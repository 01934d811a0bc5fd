using System.Globalization;
using SegML.Drawing;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;

namespace SegML.Cli.Reports;

/// <summary>Figures of a segmentation as tables.</summary>
public static class MetricsTables
{
    /// <summary>A row a class: IoU with a bar, Dice, precision, recall, boundary F1, share of the true pixels; then the means.</summary>
    public static Html PerClass(SegmentationMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        SegmentationConfusionMatrix matrix = metrics.ConfusionMatrix;
        ClassSet classes = matrix.Classes;
        long[] truth = [.. Enumerable.Range(0, classes.Count).Select(matrix.Truth)];
        double all = Math.Max(1, truth.Sum());
        IEnumerable<Html> rows = classes.Classes.Select(c => Html.Of($"""
            <tr><td class="name">{Swatch(c.Color)}{c.Name}</td><td class="n">{Share(metrics.PerClassIoU[c.Id])}</td><td class="wide">{Bar(metrics.PerClassIoU[c.Id], c.Color.ToString())}</td><td class="n">{Share(metrics.PerClassDice[c.Id])}</td><td class="n">{Share(metrics.PerClassPrecision[c.Id])}</td><td class="n">{Share(metrics.PerClassRecall[c.Id])}</td><td class="n">{Share(metrics.PerClassBoundaryF1[c.Id])}</td><td class="n">{Share(truth[c.Id] / all)}</td></tr>

            """));
        return Html.Of($"""
            <div class="scroll"><table>
            <thead><tr><th>Class</th><th class="n">IoU</th><th></th><th class="n">Dice</th><th class="n">Precision</th><th class="n">Recall</th><th class="n">Boundary F1</th><th class="n">Share of pixels</th></tr></thead>
            <tbody>
            {rows}<tr class="total"><td class="name">Mean</td><td class="n">{Share(metrics.MeanIoU)}</td><td class="wide">{Bar(metrics.MeanIoU)}</td><td class="n">{Share(metrics.MeanDice)}</td><td class="n"></td><td class="n">{Share(metrics.MeanAccuracy)}</td><td class="n">{Share(metrics.BoundaryF1)}</td><td class="n"></td></tr>
            </tbody></table></div>
            """);
    }

    /// <summary>A row a class: surface Dice, Hausdorff 95, precision and recall of objects; then the means. A sentence where they were not measured.</summary>
    public static Html Objects(SegmentationMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (double.IsNaN(metrics.SurfaceDice))
        {
            return Html.Of($"<p>There is no outline and no object to measure.</p>");
        }
        IEnumerable<Html> rows = metrics.ConfusionMatrix.Classes.Classes.Select(c => Row(Html.Of($"{Swatch(c.Color)}{c.Name}"), metrics.PerClassSurfaceDice[c.Id],
            metrics.PerClassHausdorff95[c.Id], metrics.PerClassInstancePrecision[c.Id], metrics.PerClassInstanceRecall[c.Id], ""));
        return Html.Of($"""
            <p>Surface Dice: the share of both outlines that lies at most 2 pixels from the other one. Hausdorff 95: how far apart the outlines are, in pixels, all but the furthest 5 %. Objects are connected pixels of a class; two match when more than half of their union is common.</p>
            <div class="scroll"><table>
            <thead><tr><th>Class</th><th class="n">Surface Dice</th><th class="n">Hausdorff 95</th><th class="n">Object precision</th><th class="n">Object recall</th></tr></thead>
            <tbody>
            {rows}{Row(Html.Of($"Mean"), metrics.SurfaceDice, metrics.Hausdorff95, metrics.InstancePrecision, metrics.InstanceRecall, "total")}</tbody></table></div>
            """);

        static Html Row(Html name, double dice, double distance, double precision, double recall, string kind) => Html.Of($"""
            <tr class="{kind}"><td class="name">{name}</td><td class="n">{Share(dice)}</td><td class="n">{(double.IsNaN(distance) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{distance:0.0}"))}</td><td class="n">{Share(precision)}</td><td class="n">{Share(recall)}</td></tr>

            """);
    }

    /// <summary>The confusion matrix: rows are true classes, each cell the share of its row.</summary>
    public static Html Confusion(SegmentationConfusionMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ClassSet classes = matrix.Classes;
        IEnumerable<Html> rows = classes.Classes.Select(truth =>
        {
            long total = matrix.Truth(truth.Id);
            IEnumerable<Html> cells = classes.Classes.Select(predicted => Cell(matrix[truth.Id, predicted.Id], total));
            return Html.Of($"<tr><th class=\"name\" scope=\"row\">{Swatch(truth.Color)}{truth.Name}</th>{cells}<td class=\"none\">{total:N0}</td></tr>\n");
        });
        return Html.Of($"""
            <p>Rows are what is true, columns what was predicted, in percent of the row.</p>
            <div class="scroll"><table class="heat">
            <thead><tr><th></th>{classes.Names.Select(n => Html.Of($"<th class=\"n\" scope=\"col\">{n}</th>"))}<th class="n">Pixels</th></tr></thead>
            <tbody>
            {rows}</tbody></table></div>
            """);
    }

    /// <summary>The classes and their colours.</summary>
    public static Html Legend(ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        return Html.Of($"<ul class=\"legend\">{LegendItems(classes)}</ul>");
    }

    internal static Html LegendItems(ClassSet classes) => Html.Join(classes.Classes.Select(c => Html.Of($"<li>{Swatch(c.Color)}{c.Name}</li>")));

    /// <summary>A bar.</summary>
    /// <param name="share">Its length, 0-1; NaN is none.</param>
    /// <param name="color">Its colour, "#rrggbb"; null: the page's.</param>
    public static Html Bar(double share, string? color = null)
    {
        double length = double.IsNaN(share) ? 0 : Math.Clamp(share, 0, 1);
        return color is null
            ? Html.Of($"<span class=\"bar\"><i style=\"--share:{length:0.####}\"></i></span>")
            : Html.Of($"<span class=\"bar\"><i style=\"--share:{length:0.####};--fill:{color}\"></i></span>");
    }

    /// <summary>A share in percent, "97.5 %"; an en dash for NaN.</summary>
    public static Html Share(double share) => double.IsNaN(share) ? Html.Of($"–") : Html.Of($"{100 * share:0.0}\u00a0%");

    internal static Html Swatch(Rgb color) => Html.Of($"<span class=\"swatch\" style=\"background:{color.ToString()}\"></span>");

    private static Html Cell(long pixels, long total)
    {
        if (total == 0 || pixels == 0)
        {
            return Html.Of($"<td class=\"none\">·</td>");
        }
        double share = (double)pixels / total;
        string strength = share > 0.55 ? "strong" : "weak";
        return Html.Of($"<td class=\"{strength}\" style=\"--share:{share:0.####}\">{100 * share:0.00}</td>");
    }

}
