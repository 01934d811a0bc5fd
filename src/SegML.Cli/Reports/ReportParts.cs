namespace SegML.Cli.Reports;

/// <summary>Parts that reports are put together from.</summary>
public static class ReportParts
{
    /// <summary>Large figures side by side, the first one set off.</summary>
    public static Html Tiles(IReadOnlyList<(string Label, string Value)> tiles)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        IEnumerable<Html> boxes = tiles.Select((t, i) => Html.Of($"<div class=\"tile {(i == 0 ? "first" : "further")}\"><b>{t.Value}</b><span>{t.Label}</span></div>"));
        return Html.Of($"<div class=\"tiles\">{boxes}</div>");
    }

    /// <summary>A table. The first column is text, the others are figures.</summary>
    public static Html Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(headings);
        ArgumentNullException.ThrowIfNull(rows);
        return Html.Of($"""
            <div class="scroll"><table>
            <thead><tr>{headings.Select((h, i) => Html.Of($"<th class=\"{Column(i)}\">{h}</th>"))}</tr></thead>
            <tbody>
            {rows.Select(r => Html.Of($"<tr>{r.Select((cell, i) => Html.Of($"<td class=\"{Column(i)}\">{cell}</td>"))}</tr>\n"))}</tbody></table></div>
            """);
    }

    /// <summary>How long each step took, with bars, and the sum.</summary>
    public static Html Timings(IReadOnlyList<(string Step, TimeSpan Time)> steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        double longest = Math.Max(1e-3, steps.Max(s => s.Time.TotalSeconds)), all = steps.Sum(s => s.Time.TotalSeconds);
        return Html.Of($"""
            <div class="scroll"><table><tbody>
            {steps.Select(s => Html.Of($"<tr><td class=\"name\">{s.Step}</td><td class=\"n\">{Seconds(s.Time.TotalSeconds)}</td><td class=\"wide\">{MetricsTables.Bar(s.Time.TotalSeconds / longest)}</td></tr>\n"))}<tr class="total"><td class="name">All</td><td class="n">{Seconds(all)}</td><td></td></tr>
            </tbody></table></div>
            """);
    }

    /// <summary>Rows of pictures that belong together, each with a caption.</summary>
    /// <param name="headings">What the columns show.</param>
    /// <param name="rows">A caption and one data URI a column.</param>
    public static Html Pictures(IReadOnlyList<string> headings, IEnumerable<(string Caption, IReadOnlyList<string> Images)> rows)
    {
        ArgumentNullException.ThrowIfNull(headings);
        ArgumentNullException.ThrowIfNull(rows);
        IEnumerable<Html> figures = rows.Select(row => Html.Of($"""
            <figure class="pictures" style="--columns:{headings.Count}">{row.Images.Select((image, i) => Html.Of($"<img src=\"{image}\" alt=\"{headings[i]}: {row.Caption}\">"))}<figcaption>{row.Caption}</figcaption></figure>

            """));
        return Html.Of($"""
            <div class="pictures" style="--columns:{headings.Count}">{headings.Select(h => Html.Of($"<div>{h}</div>"))}</div>
            {figures}
            """);
    }

    /// <summary>Many small pictures in a grid, each with a caption.</summary>
    /// <param name="columns">Pictures a row.</param>
    /// <param name="pictures">A caption and a data URI each.</param>
    public static Html ContactSheet(int columns, IEnumerable<(string Caption, string Image)> pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        IEnumerable<Html> figures = pictures.Select(p => Html.Of($"<figure><img src=\"{p.Image}\" alt=\"{p.Caption}\"><figcaption>{p.Caption}</figcaption></figure>\n"));
        return Html.Of($"<div class=\"pictures\" style=\"--columns:{columns}\">{figures}</div>");
    }

    /// <summary>Commands to copy, each with what it does.</summary>
    public static Html Commands(IEnumerable<(string Purpose, string Command)> commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return Html.Join(commands.Select(c => Html.Of($"<h3>{c.Purpose}</h3><pre><code>{c.Command}</code></pre>\n")));
    }

    /// <summary>Seconds, or minutes and seconds from 100 s.</summary>
    public static string Seconds(double seconds) => seconds < 100
        ? FormattableString.Invariant($"{seconds:0.0} s")
        : FormattableString.Invariant($"{(int)(seconds / 60)} min {seconds % 60:00} s");

    private static string Column(int index) => index == 0 ? "name" : "n";
}
