using SegML.Scoring;

namespace SegML.Serving;

/// <summary>
/// What a service serves and what a request may ask of it. Settable, as ASP.NET Core's options are: by code in <c>AddSegmentation</c>, or bound from a
/// section of the configuration.
/// </summary>
public sealed class ServingOptions
{
    /// <summary>
    /// The models by the name that requests call them: ONNX files that SegML exported or adopted, or saved ML.NET pipelines (.zip). The first one
    /// answers requests that name none.
    /// </summary>
    public IList<ServedModelOptions> Models { get; } = [];

    /// <summary>
    /// How ONNX models score: device, threads, tiles, views. <see cref="MaxPixels"/> and <see cref="TimeLimit"/> take the place of its own; its threads,
    /// unless set, are the cores divided by <see cref="Concurrency"/>.
    /// </summary>
    public SegmenterOptions Scoring { get; set; } = new();

    /// <summary>How many images are scored at once, each by a thread of its own; at least 1. Default: one a core, at most 4.</summary>
    public int Concurrency { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 4);

    /// <summary>
    /// How many requests may wait beyond those being scored, their bodies in memory or on their way; 0 or more. Further ones are answered 429 with
    /// Retry-After. Default 32.
    /// </summary>
    public int QueueLength { get; set; } = 32;

    /// <summary>Most bytes of a request's body; more is answered 413. Default 32 MiB.</summary>
    public long MaxRequestBytes { get; set; } = 32L << 20;

    /// <summary>Most pixels of an image, read from its header before any memory is taken; more is answered 413. Default 25 000 000.</summary>
    public long MaxPixels { get; set; } = 25_000_000;

    /// <summary>
    /// Most numbers that an image's probabilities may be, pixels times classes: what uncertainty, probabilities and planes are made of, 4 bytes each.
    /// More is answered 413, with the size to ask for. Default 50 000 000.
    /// </summary>
    public long MaxProbabilities { get; set; } = 50_000_000;

    /// <summary>Most images of a batch; more is answered 413. Default 64.</summary>
    public int MaxBatch { get; set; } = 64;

    /// <summary>The longest that an image may be scored; then the answer is 504. Default 60 s.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest that a request's body may be on its way; then the answer is 408. Default 30 s.</summary>
    public TimeSpan BodyTimeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Keys of which a request names one, as <c>X-Api-Key: KEY</c> or <c>Authorization: Bearer KEY</c>; others are answered 401. Empty: no key is asked
    /// for, and the app's own authentication may be added with <c>RequireAuthorization</c>. Default empty.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>How often models' files are looked at for a newer version, which is loaded beside the old one and takes its place. Null: never. Default 2 s.</summary>
    public TimeSpan? ReloadEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Checks the ranges.</summary>
    /// <returns>What is wrong, in a sentence; null: nothing.</returns>
    internal string? Fault()
    {
        string[] twice = [.. Models.GroupBy(m => m.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key)];
        return Models.Count == 0 ? "there is no model to serve; name one in AddSegmentation"
            : twice.Length > 0 ? $"two models are called \"{twice[0]}\"; give each a name of its own"
            : Models.FirstOrDefault(m => m.Name.Length == 0 || m.Name.AsSpan().ContainsAny("/\\?#%")) is { } odd ? $"\"{odd.Name}\" does not do as a name in an address; use letters, digits, - and ."
            : Concurrency is < 1 or > 1024 ? $"Concurrency is {Concurrency}, not 1 to 1024"
            : QueueLength is < 0 or > 1_000_000 ? $"QueueLength is {QueueLength}, not 0 to 1 000 000"
            : MaxRequestBytes is < 1 or > 1 << 30 ? $"MaxRequestBytes is {MaxRequestBytes}, not 1 to {1 << 30}"
            : MaxPixels < 1 ? $"MaxPixels is {MaxPixels}, not 1 or more"
            : MaxProbabilities < 1 ? $"MaxProbabilities is {MaxProbabilities}, not 1 or more"
            : MaxBatch < 1 ? $"MaxBatch is {MaxBatch}, not 1 or more"
            : OutOfRange(TimeLimit) ? $"TimeLimit is {TimeLimit}, not above 0 and at most a day"
            : OutOfRange(BodyTimeLimit) ? $"BodyTimeLimit is {BodyTimeLimit}, not above 0 and at most a day"
            : ReloadEvery is { } every && OutOfRange(every) ? $"ReloadEvery is {every}, not above 0 and at most a day"
            : ApiKeys.Any(string.IsNullOrWhiteSpace) ? "a key of ApiKeys is empty"
            : null;
    }

    private static bool OutOfRange(TimeSpan time) => time <= TimeSpan.Zero || time > TimeSpan.FromDays(1);
}

/// <summary>A model of a service.</summary>
public sealed class ServedModelOptions
{
    /// <summary>What requests call it.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its file: .onnx, or a saved ML.NET pipeline (.zip).</summary>
    public string Path { get; set; } = "";
}
