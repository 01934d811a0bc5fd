using System.Globalization;
using System.Text.Json;
using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Cli.Check;

/// <summary>A check as text for a terminal.</summary>
internal static class CheckText
{
    /// <summary>Findings of one kind that are listed in full; the rest is counted.</summary>
    private const int MaxListed = 10;

    public static void Print(PipelineCheckup checkup)
    {
        foreach (SegMLException refusal in checkup.Refusals)
        {
            Console.WriteLine($"training refuses this: {refusal.Message}");
        }
        foreach (SplitCheck split in checkup.Splits)
        {
            Console.WriteLine($"{split.Name}: {split.Listing.Items.Count.Of("image")}, {split.Errors.Of("fault")}, {split.Warnings.Of("warning")}");
            PrintFindings(split.Findings.Where(f => f.IsError), "");
            PrintFindings(split.Findings.Where(f => !f.IsError), "warning: ");
            PrintClasses(split.Report, checkup.Pipeline.Classes, checkup.Weights(split));
            PrintImages(split.Report, checkup.Pipeline.Input);
        }
        if (FindingTable.Of(checkup.Splits) is { Length: > 0 } table)
        {
            Console.WriteLine(table);
        }
        Console.WriteLine($"weights: classWeights {JsonSerializer.Serialize(checkup.Weighting)}");
        if (checkup.Skipped.Count > 0)
        {
            Console.WriteLine($"not checked, because their images are not there: {string.Join(", ", checkup.Skipped)}");
        }
    }

    private static void PrintFindings(IEnumerable<DatasetFinding> findings, string prefix)
    {
        foreach (IGrouping<FindingKind, DatasetFinding> kind in findings.GroupBy(f => f.Kind))
        {
            foreach (DatasetFinding finding in kind.Take(MaxListed))
            {
                Console.WriteLine($"  {prefix}{finding.Message}");
            }
            if (kind.Count() > MaxListed)
            {
                Console.WriteLine($"  {prefix}... and {kind.Count() - MaxListed} more of this kind; --json lists them");
            }
        }
    }

    private static void PrintClasses(DatasetReport report, ClassSet classes, float[] weights)
    {
        double labelled = Math.Max(1, report.ClassPixels.Sum()), all = Math.Max(1, report.ClassPixels.Sum() + report.IgnoredPixels);
        Console.WriteLine($"  {"class",-20} {"share",8} {"masks",8} {"weight",8}");
        foreach (SegmentationClass c in classes.Classes)
        {
            Line($"  {c.Name,-20} {report.ClassPixels[c.Id] / labelled,8:0.00%} {report.ClassMasks[c.Id],8} {weights[c.Id],8:0.000}");
        }
        Line($"  {"(ignored, of all)",-20} {report.IgnoredPixels / all,8:0.00%}");
    }

    private static void PrintImages(DatasetReport report, InputOptions input)
    {
        if (report.Sizes.Count == 0)
        {
            return;
        }
        string more = report.Sizes.Count > 5 ? $" and {report.Sizes.Count - 5} sizes more" : "";
        Console.WriteLine($"  sizes: {string.Join(", ", report.Sizes.Take(5).Select(s => $"{s.Width}x{s.Height} ({s.Images})"))}{more}");
        Console.WriteLine($"  {(input.Bands is null ? CheckJson.NameOf(input.ColorSpace) : $"bands {string.Join(", ", input.Bands)}")}: \"mean\": [{Numbers(report.Mean)}], \"std\": [{Numbers(report.Std)}]");
    }

    private static string Numbers(IEnumerable<double> values) =>
        string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));

    private static void Line(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
