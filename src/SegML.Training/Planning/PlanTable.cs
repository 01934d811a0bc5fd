using System.Text;
using SegML.Pipelines;

namespace SegML.Training.Planning;

/// <summary>A plan as text for a terminal.</summary>
public static class PlanTable
{
    /// <summary>What was planned for what, in a sentence.</summary>
    public static string Summary(PipelinePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        DataFingerprint data = plan.Data;
        string sizes = data.SmallestArea == data.LargestArea ? "" : " in the middle";
        string machine = plan.Machine.HasGpu ? "a GPU" : PlanDraft.Text($"{plan.Machine.Cores} cores, {plan.Machine.MemoryBytes / 1e9:0} GB of memory");
        string minutes = plan.Minutes < 1 ? PlanDraft.Text($"{60 * plan.Minutes:0} seconds") : PlanDraft.Text($"{plan.Minutes:0} minutes");
        return PlanDraft.Text($"Planned for {data.Images.Of("image")} of {data.MedianWidth}x{data.MedianHeight}{sizes}, {data.Classes.Count.Of("class")}, {machine}: ")
            + PlanDraft.Text($"{plan.Steps} updates of the weights in about {minutes}.");
    }

    /// <summary>The summary and the choices: a line a key, the reason for one or several of them at their right.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="width">Columns of the terminal; reasons are wrapped to it. At least 60.</param>
    public static string ToText(PipelinePlan plan, int width = 140)
    {
        ArgumentNullException.ThrowIfNull(plan);
        width = Math.Max(60, width);
        var text = new StringBuilder();
        foreach (string line in Wrap(Summary(plan), width))
        {
            text.AppendLine(line);
        }
        (string[] Keys, string[] Values, string Reason)[] rows = [.. plan.Decisions.Select(d => ((string[])[.. d.Keys], d.ValuesIn(plan.Pipeline), d.Reason))];
        int keys = rows.Max(r => r.Keys.Max(k => k.Length)), values = rows.Max(r => r.Values.Max(v => v.Length)), reasons = Math.Max(24, width - keys - values - 4);
        foreach ((string[] names, string[] settings, string reason) in rows)
        {
            string[] lines = [.. Wrap(reason, reasons)];
            for (int i = 0; i < Math.Max(names.Length, lines.Length); i++)
            {
                string left = i < names.Length ? $"{names[i].PadRight(keys)}  {settings[i]}" : "";
                text.AppendLine(i < lines.Length ? $"{left.PadRight(keys + 2 + values)}  {lines[i]}" : left);
            }
        }
        return text.ToString();
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }
            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }
        yield return line.ToString();
    }
}
