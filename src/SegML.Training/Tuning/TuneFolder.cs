using System.Globalization;

namespace SegML.Training.Tuning;

/// <summary>The files of a search. Each trial's folder is a training run's.</summary>
internal static class TuneFolder
{
    /// <summary>What is searched: the pipeline with its tune part, as it was when the search began.</summary>
    public static string Search(string folder) => Path.Combine(folder, "tune.json");

    public static string Trial(string folder, int trial) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"trial-{trial:000}"));

    public static string Leaderboard(string folder) => Path.Combine(folder, "leaderboard.csv");

    public static string BestPipeline(string folder) => Path.Combine(folder, "best.json");
}
