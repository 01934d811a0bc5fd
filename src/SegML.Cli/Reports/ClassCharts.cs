using System.Globalization;
using SegML.Masks;

namespace SegML.Cli.Reports;

/// <summary>A small chart a class, all on one scale from 0 to 1: lines of many classes in one chart cannot be told apart.</summary>
internal static class ClassCharts
{
    private const double Width = 220, Height = 84, Edge = 4;

    /// <param name="classes">The classes.</param>
    /// <param name="lines">Of a class id: points from left to right, 0-1.</param>
    /// <param name="marked">Which point's value stands beside the name.</param>
    public static Html Of(ClassSet classes, Func<int, IReadOnlyList<(double X, double Y)>> lines, double marked)
    {
        return Html.Of($"<div class=\"minis\">{classes.Classes.Select(c => Mini(c, [.. lines(c.Id).Where(p => double.IsFinite(p.Y))], marked))}</div>");
    }

    private static Html Mini(SegmentationClass c, IReadOnlyList<(double X, double Y)> points, double marked)
    {
        double first = points.Count == 0 ? 0 : points[0].X, last = points.Count == 0 ? 1 : Math.Max(points[^1].X, first + 1);
        string path = string.Join(' ', points.Select((p, i) => FormattableString.Invariant($"{(i == 0 ? 'M' : 'L')}{Along(p.X):0.#} {Down(p.Y):0.#}")));
        (double X, double Y)[] mark = [.. points.Where(p => p.X == marked)];
        string value = mark.Length == 0 ? "–" : (100 * mark[0].Y).ToString("0.0", CultureInfo.InvariantCulture) + "\u00a0%";
        return Html.Of($"""
            <figure><figcaption>{MetricsTables.Swatch(c.Color)}<span>{c.Name}</span><b>{value}</b></figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="IoU of {c.Name} over the epochs">
            {((double[])[0, 0.5, 1]).Select(level => Html.Of($"<path class=\"grid\" d=\"M0 {Down(level):0.#}H{Width}\"/>"))}
            <path class="line c0" d="{path}"/>{mark.Select(m => Html.Of($"<circle class=\"c0\" cx=\"{Along(m.X):0.#}\" cy=\"{Down(m.Y):0.#}\" r=\"3.5\"/>"))}
            </svg></figure>

            """);

        double Along(double x) => Edge + (x - first) / (last - first) * (Width - 2 * Edge);

        double Down(double y) => Height - Edge - Math.Clamp(y, 0, 1) * (Height - 2 * Edge);
    }
}
