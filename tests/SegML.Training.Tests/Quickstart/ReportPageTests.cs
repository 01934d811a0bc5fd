using System.Text.RegularExpressions;
using SegML.Cli.Reports;
using SegML.Evaluation;
using SegML.Images;
using SegML.Masks;
using SegML.Tests.Images;

namespace SegML.Tests.Quickstart;

[TestClass]
public sealed class ReportPageTests
{
    private const string Hostile = "<script>alert('a & b')</script>\"";
    private const string Escaped = "&lt;script&gt;alert(&#39;a &amp; b&#39;)&lt;/script&gt;&quot;";

    [TestMethod]
    public void NamesNeverBecomeMarkup()
    {
        var classes = new ClassSet([new SegmentationClass { Id = 0, Name = Hostile, Color = default }]);
        var matrix = new SegmentationConfusionMatrix(classes);
        matrix.Add([0, 0], [0, 0]);
        Html[] parts =
        [
            MetricsTables.PerClass(new SegmentationMetrics(matrix)),
            MetricsTables.Confusion(matrix),
            MetricsTables.Legend(classes),
            ReportParts.Tiles([(Hostile, Hostile)]),
            ReportParts.Table([Hostile], [[Hostile]]),
            ReportParts.Timings([(Hostile, TimeSpan.Zero)]),
            ReportParts.Pictures([Hostile], [(Hostile, ["data:,"])]),
            ReportParts.Commands([(Hostile, Hostile)]),
            Page(Hostile, (Hostile, Html.Text(Hostile))),
        ];
        foreach (Html part in parts)
        {
            Assert.Contains(Escaped, part.ToString());
            Assert.DoesNotContain("<script", part.ToString());
        }
    }

    [TestMethod]
    public void APageLoadsNothing()
    {
        string page = Page("A run", ("Pictures", ReportParts.Pictures(["Input"], [("one", ["data:image/png;base64,AAAA"])]))).ToString();
        Assert.Contains("default-src 'none'", page);
        AssertSelfContained(page);
    }

    [TestMethod]
    public void APageListsItsSectionsInOrder()
    {
        string page = Page("A run", ("First", Html.Text("1")), ("Second", Html.Text("2"))).ToString();
        string[] headings = [.. Regex.Matches(page, "<h2>(.*?)</h2>").Select(m => m.Groups[1].Value)];
        CollectionAssert.AreEqual(new[] { "First", "Second" }, headings);
        foreach (Match link in Regex.Matches(page, "href=\"#(.*?)\""))
        {
            Assert.Contains($"id=\"{link.Groups[1].Value}\"", page);
        }
    }

    [TestMethod]
    public void APageIsWrittenWhole()
    {
        using var folder = new TemporaryFolder();
        var page = new ReportPage("Ärger", "ä");
        page.Write(folder.File("report.html"));
        Assert.AreEqual(page.ToHtml().ToString(), File.ReadAllText(folder.File("report.html")));
    }

    [TestMethod]
    public void FiguresAreThoseOfTheMatrix()
    {
        var classes = new ClassSet([
            new SegmentationClass { Id = 0, Name = "road", Color = new Rgb(1, 2, 3) },
            new SegmentationClass { Id = 1, Name = "sky", Color = new Rgb(4, 5, 6) },
            new SegmentationClass { Id = 2, Name = "absent", Color = new Rgb(7, 8, 9) }]);
        var matrix = new SegmentationConfusionMatrix(classes);
        matrix.Add([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1]);
        string table = MetricsTables.PerClass(new SegmentationMetrics(matrix)).ToString(), heat = MetricsTables.Confusion(matrix).ToString();
        // Road: 3 of 4; sky: 2 of 3; the mean of both, without the class that does not occur.
        Assert.Contains("75.0\u00a0%", Decode(table));
        Assert.Contains("66.7\u00a0%", Decode(table));
        Assert.Contains("70.8\u00a0%", Decode(table));
        Assert.Contains("–", Decode(table));
        Assert.Contains(">25.00<", heat);
        Assert.Contains(">100.00<", heat);
    }

    internal static void AssertSelfContained(string page)
    {
        Assert.DoesNotContain("http://", page);
        Assert.DoesNotContain("https://", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("url(", page);
        Assert.DoesNotContain("<link", page);
        foreach (Match source in Regex.Matches(page, "src=\"(.{0,5})"))
        {
            Assert.AreEqual("data:", source.Groups[1].Value);
        }
        foreach (Match link in Regex.Matches(page, "href=\"(.)"))
        {
            Assert.AreEqual("#", link.Groups[1].Value);
        }
    }

    private static Html Page(string title, params (string Heading, Html Content)[] sections)
    {
        var page = new ReportPage(title, title);
        foreach ((string heading, Html content) in sections)
        {
            page.Add(heading, content);
        }
        return page.ToHtml();
    }

    private static string Decode(string html) => System.Net.WebUtility.HtmlDecode(html);
}
