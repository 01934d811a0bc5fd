using System.Globalization;

namespace SegML.Cluster.Jobs;

/// <summary>Where the storage keeps what is known of jobs, beside Hangfire's own tables: hashes and sets.</summary>
/// <param name="Id">The job.</param>
internal readonly record struct JobKeys(string Id)
{
    /// <summary>The queue of chunks.</summary>
    public const string Queue = "segml";

    /// <summary>A set: all jobs.</summary>
    public const string All = "segml:jobs";

    /// <summary>A hash: what the job is and where enqueuing stands. Its fields are below.</summary>
    public string About => $"segml:{Id}";

    /// <summary>A set: the chunks that are done, by number. A chunk that is done twice is one.</summary>
    public string Done => $"segml:{Id}:done";

    /// <summary>A hash: of chunks with images that failed, which and why, as JSON. A chunk that is done twice is one.</summary>
    public string Failures => $"segml:{Id}:failures";

    /// <summary>A set: Hangfire's ids of the chunks that were fetched after the job was cancelled.</summary>
    public string Parked => $"segml:{Id}:parked";

    /// <summary>A set: Hangfire's ids of the chunks that failed as a whole, retries included.</summary>
    public string Broken => $"segml:{Id}:broken";

    public const string Folder = "folder", Images = "images", Chunks = "chunks", Next = "next", Offset = "offset", Created = "created",
        Cancelled = "cancelled", Started = "started", LastDone = "lastDone";

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    public static long Number(IDictionary<string, string> hash, string field) =>
        hash.TryGetValue(field, out string? text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;

    public static string Text(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    public static DateTime? Time(IDictionary<string, string> hash, string field) =>
        hash.TryGetValue(field, out string? text) && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time) ? time : null;
}
