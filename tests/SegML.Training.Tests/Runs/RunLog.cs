namespace SegML.Tests.Runs;

/// <summary>A run's log.csv without the columns that depend on clock and machine.</summary>
internal static class RunLog
{
    private static readonly string[] Fickle = ["seconds", "ended", "validationSeconds", "peakMemoryMB"];

    public static string[] WithoutTimes(string folder)
    {
        string[][] rows = [.. File.ReadLines(Path.Combine(folder, "log.csv")).Select(line => line.Split(','))];
        int[] kept = [.. Enumerable.Range(0, rows[0].Length).Where(column => !Fickle.Contains(rows[0][column]))];
        return [.. rows.Select(row => string.Join(',', kept.Select(column => row[column])))];
    }
}
