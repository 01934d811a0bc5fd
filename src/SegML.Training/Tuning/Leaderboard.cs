using System.Globalization;
using System.Text;
using SegML.Files;

namespace SegML.Training.Tuning;

/// <summary>The trials in order, as leaderboard.csv has them.</summary>
internal static class Leaderboard
{
    /// <summary>
    /// The best first: more epochs before fewer, since only good trials get them; then the higher figure; then the lower number. Trials
    /// that cannot go on come last.
    /// </summary>
    public static IReadOnlyList<TrialResult> Order(IEnumerable<TrialResult> trials) =>
        [.. trials.OrderBy(t => t.Fault is not null).ThenByDescending(t => t.Epochs).ThenByDescending(t => double.IsNaN(t.Rank) ? double.NegativeInfinity : t.Rank).ThenBy(t => t.Trial)];

    /// <summary>Writes the table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The options that are searched: a column each.</param>
    /// <param name="trials">In order.</param>
    /// <param name="monitor">What the trials are compared by.</param>
    public static void Write(string path, IReadOnlyList<string> options, IReadOnlyList<TrialResult> trials, string monitor)
    {
        var text = new StringBuilder($"rank,trial,epochs,bestEpoch,{Quoted($"val {monitor}")},valMeanIoU,{string.Join(',', options.Select(Quoted))},fault\n");
        for (int i = 0; i < trials.Count; i++)
        {
            TrialResult trial = trials[i];
            string best = trial.BestEpoch == 0 ? "" : trial.BestEpoch.ToString(CultureInfo.InvariantCulture);
            IEnumerable<string> values = trial.Settings.Select(s => Quoted(s[(s.IndexOf('=') + 1)..]));
            text.Append(CultureInfo.InvariantCulture, $"{i + 1},{trial.Trial},{trial.Epochs},{best},{Text(trial.Figure)},{Text(trial.MeanIoU)},{string.Join(',', values)},{Quoted(trial.Fault ?? "")}\n");
        }
        AtomicFile.WriteText(path, text.ToString());
    }

    private static string Text(double figure) => double.IsNaN(figure) ? "" : figure.ToString("0.00000", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
