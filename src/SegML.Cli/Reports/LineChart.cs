namespace SegML.Cli.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">Its points from left to right.</param>
/// <param name="Dots">Whether each point is marked.</param>
public sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, bool Dots = false);

/// <summary>
/// Lines over a common axis, as SVG inside the page: it is sharp at any size and takes the page's colours, light or dark. Lines are told
/// apart by colour and, from the sixth on, by dashes.
/// </summary>
public static class LineChart
{
    // Drawn at the size at which the page shows it: two side by side, or one.
    private const double Half = 490, Whole = 1010, Height = 240, Right = 12, Top = 8, Bottom = 36;

    /// <summary>How many lines can be told apart.</summary>
    public const int MostLines = 12;

    /// <summary>Charts side by side, as far as the page is wide enough.</summary>
    public static Html Grid(params IEnumerable<Html> charts) => Html.Of($"<div class=\"charts\">{charts}</div>");

    /// <summary>A chart with its legend.</summary>
    /// <param name="title">What the vertical axis shows.</param>
    /// <param name="across">What the horizontal axis shows: "epoch".</param>
    /// <param name="lines">At most <see cref="MostLines"/>.</param>
    /// <param name="top">Where the vertical axis ends; null: where the values do. It begins at 0.</param>
    /// <param name="wide">Whether it takes the page's whole width.</param>
    public static Html Of(string title, string across, IReadOnlyList<ChartLine> lines, double? top = null, bool wide = false)
    {
        ArgumentNullException.ThrowIfNull(lines);
        double width = wide ? Whole : Half;
        (double X, double Y)[] all = [.. lines.SelectMany(l => l.Points).Where(p => double.IsFinite(p.Y))];
        if (all.Length == 0)
        {
            return Html.Of($"<p>{title}: no figures yet.</p>");
        }
        var x = new ChartAxis(Math.Min(1, all.Min(p => p.X)), Math.Max(all.Max(p => p.X), 2), wide ? 14 : 7, whole: true);
        var y = new ChartAxis(0, top ?? Math.Max(1e-6, all.Max(p => p.Y) * 1.04), 5, whole: false);
        // Digits of 12 px are some 7.5 px wide.
        double left = 16 + 7.5 * y.Ticks.Max(tick => y.Label(tick).Length);
        return Html.Of($"""
            <figure class="chart{(wide ? " wide" : "")}">
            <figcaption><b>{title}</b>{lines.Select((line, i) => lines.Count < 2 ? Html.Empty : Html.Of($"<span class=\"key\"><svg viewBox=\"0 0 22 8\" aria-hidden=\"true\"><path class=\"line {Style(i)}\" d=\"M1 4H21\"/></svg>{line.Name}</span>"))}</figcaption>
            <svg viewBox="0 0 {width} {Height}" role="img" aria-label="{title}">
            {y.Ticks.Select(tick => Html.Of($"<path class=\"grid\" d=\"M{left:0.#} {Down(tick):0.#}H{width - Right}\"/><text x=\"{left - 8:0.#}\" y=\"{Down(tick) + 4:0.#}\" text-anchor=\"end\">{y.Label(tick)}</text>"))}
            {x.Ticks.Select(tick => Html.Of($"<text x=\"{Along(tick):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x.Label(tick)}</text>"))}
            <text x="{width - Right}" y="{Height - 4}" text-anchor="end">{across}</text>
            {lines.Select((line, i) => Line(line, i))}
            </svg></figure>

            """);

        double Along(double value) => left + x.Share(value) * (width - left - Right);

        double Down(double value) => Height - Bottom - Math.Min(1.02, y.Share(value)) * (Height - Top - Bottom);

        Html Line(ChartLine line, int index)
        {
            (double X, double Y)[] points = [.. line.Points.Where(p => double.IsFinite(p.Y))];
            string path = string.Join(' ', points.Select((p, i) => FormattableString.Invariant($"{(i == 0 ? 'M' : 'L')}{Along(p.X):0.#} {Down(p.Y):0.#}")));
            IEnumerable<Html> dots = (line.Dots || points.Length == 1 ? points : []).Select(p =>
                Html.Of($"<circle class=\"{Style(index)}\" cx=\"{Along(p.X):0.#}\" cy=\"{Down(p.Y):0.#}\" r=\"{(points.Length > 60 ? 1.8 : 3)}\"><title>{line.Name}, {across} {p.X:0.##}: {p.Y:0.####}</title></circle>"));
            return Html.Of($"<path class=\"line {Style(index)}\" d=\"{path}\"/>{dots}\n");
        }
    }

    private static string Style(int index) => $"c{index % 6}{(index >= 6 ? " dashed" : "")}";
}
