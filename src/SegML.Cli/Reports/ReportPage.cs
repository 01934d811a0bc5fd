using SegML.Files;

namespace SegML.Cli.Reports;

/// <summary>
/// A report: one self-contained HTML file. Styles are inline, pictures are data URIs, there is no script, and the page
/// forbids its reader's browser to load anything, so it can be mailed, archived or published as it is.
/// </summary>
public sealed class ReportPage(string title, string summary)
{
    private readonly List<(string Anchor, string Heading, Html Content)> _sections = [];

    /// <summary>Adds a section.</summary>
    /// <param name="heading">Its heading, as text.</param>
    /// <param name="content">What is below it.</param>
    public void Add(string heading, Html content)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(heading);
        _sections.Add(($"section-{_sections.Count + 1}", heading, content));
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToHtml().ToString());

    /// <summary>The page.</summary>
    public Html ToHtml() => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <title>{title}</title>
        <style>{ReportStyle.Css}</style>
        </head>
        <body>
        <header><h1>{title}</h1><p>{summary}</p></header>
        <nav aria-label="Sections">{_sections.Select(s => Html.Of($"<a href=\"#{s.Anchor}\">{s.Heading}</a>"))}</nav>
        <main>
        {_sections.Select(s => Html.Of($"<section id=\"{s.Anchor}\"><h2>{s.Heading}</h2>{s.Content}</section>\n"))}</main>
        <footer>Written by SegML {typeof(ReportPage).Assembly.GetName().Version?.ToString(3)}.</footer>
        </body>
        </html>

        """);
}
