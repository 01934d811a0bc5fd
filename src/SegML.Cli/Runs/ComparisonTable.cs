using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SegML.Training;
using SegML.Training.Runs;

namespace SegML.Cli.Runs;

/// <summary>A comparison as rows, a column a run: as text, and as JSON.</summary>
internal static class ComparisonTable
{
    /// <summary>What the runs came to.</summary>
    public static IReadOnlyList<(string Label, IReadOnlyList<string> Values)> Figures(RunComparison comparison) =>
    [
        .. comparison.Runs.Select(r => r.Monitor.Name).Distinct().Where(name => name != "mean IoU").Select(name =>
            Row($"best {name}", comparison, r => r.Monitor.Name == name && r.Best is { } best ? Share(r.FigureOf(best)) : "-")),
        Row(comparison.Runs.All(r => r.Monitor.IsMeanIoU) ? "best mean IoU" : "mean IoU there", comparison, r => Share(r.Best?.MeanIoU)),
        Row("pixel accuracy there", comparison, r => Share(r.Best?.PixelAccuracy)),
        Row("at epoch", comparison, r => r.Best is { } best ? Text($"{best.Epoch}") : "-"),
        Row("epochs", comparison, r => Text($"{(r.Epochs.Count == 0 ? 0 : r.Epochs[^1].Epoch)} of {r.Pipeline.Training.Epochs}")),
        ("parameters", [.. comparison.Parameters.Select(p => Text($"{p:N0}"))]),
        Row("time", comparison, r => Text($"{(int)r.Time.TotalHours}:{r.Time:mm\\:ss}")),
        Row("peak memory", comparison, r => r.PeakMemory == 0 ? "-" : Text($"{r.PeakMemory:0} MB")),
    ];

    /// <summary>Each class's IoU in the best epoch; none where no run's log has them.</summary>
    public static IReadOnlyList<(string Label, IReadOnlyList<string> Values)> Classes(RunComparison comparison) =>
        !comparison.Runs.Any(HasClasses) ? [] : [.. comparison.Runs[0].Pipeline.Classes.Classes.Select(c => Row(c.Name, comparison, r => Share(r.Best?.PerClassIoU.ElementAtOrDefault(c.Id, double.NaN))))];

    /// <summary>The options that differ.</summary>
    public static IReadOnlyList<(string Label, IReadOnlyList<string> Values)> Options(RunComparison comparison) =>
        [.. comparison.Options.Select(o => (o.Key, (IReadOnlyList<string>)[.. o.Values.Select(v => v ?? "-")]))];

    /// <summary>All of it, in aligned columns.</summary>
    public static string Text(RunComparison comparison)
    {
        (string Heading, IReadOnlyList<(string Label, IReadOnlyList<string> Values)> Rows)[] parts =
            [("", Figures(comparison)), ("IoU at that epoch", Classes(comparison)), ("options that differ", Options(comparison))];
        int label = parts.SelectMany(p => p.Rows.Select(r => r.Label.Length)).Max();
        int[] widths = [.. comparison.Names.Select((name, i) => parts.SelectMany(p => p.Rows).Max(r => r.Values[i].Length) is var widest ? Math.Max(name.Length, widest) : 0)];
        var text = new StringBuilder();
        Line("", comparison.Names);
        foreach ((string heading, IReadOnlyList<(string Label, IReadOnlyList<string> Values)> rows) in parts.Where(p => p.Rows.Count > 0))
        {
            if (heading.Length > 0)
            {
                text.AppendLine().AppendLine(heading);
            }
            foreach ((string name, IReadOnlyList<string> values) in rows)
            {
                Line(name, values);
            }
        }
        return text.ToString().TrimEnd();

        void Line(string name, IReadOnlyList<string> values) =>
            text.AppendLine(name.PadRight(label) + string.Concat(values.Select((value, i) => "  " + value.PadLeft(widths[i]))));
    }

    /// <summary>All of it, in numbers.</summary>
    public static JsonObject Json(RunComparison comparison) => new()
    {
        ["runs"] = new JsonArray([.. comparison.Runs.Select((run, i) => (JsonNode)Json(run, comparison.Parameters[i]))]),
        ["options"] = new JsonObject(comparison.Options.Select(o =>
            new KeyValuePair<string, JsonNode?>(o.Key, new JsonArray([.. o.Values.Select(v => (JsonNode?)v)])))),
    };

    private static JsonObject Json(RunRecord run, long parameters) => new()
    {
        ["run"] = run.Folder,
        ["bestMeanIoU"] = Number(run.Best?.MeanIoU),
        ["pixelAccuracy"] = Number(run.Best?.PixelAccuracy),
        ["bestEpoch"] = run.Best?.Epoch,
        ["epochs"] = run.Epochs.Count == 0 ? 0 : run.Epochs[^1].Epoch,
        ["parameters"] = parameters,
        ["seconds"] = Math.Round(run.Time.TotalSeconds, 1),
        ["peakMemoryMB"] = run.PeakMemory == 0 ? null : run.PeakMemory,
        ["perClassIoU"] = new JsonObject(run.Pipeline.Classes.Classes.Select(c =>
            new KeyValuePair<string, JsonNode?>(c.Name, Number(run.Best?.PerClassIoU.ElementAtOrDefault(c.Id, double.NaN))))),
    };

    private static (string, IReadOnlyList<string>) Row(string label, RunComparison comparison, Func<RunRecord, string> value) =>
        (label, [.. comparison.Runs.Select(value)]);

    private static bool HasClasses(RunRecord run) => run.Best is { PerClassIoU.Count: > 0 };

    private static double ElementAtOrDefault(this IReadOnlyList<double> values, int index, double otherwise) => index < values.Count ? values[index] : otherwise;

    private static JsonNode? Number(double? value) => value is { } number && !double.IsNaN(number) ? JsonValue.Create(number) : null;

    private static string Share(double? value) => value is { } number && !double.IsNaN(number) ? Text($"{number:0.0000}") : "-";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
