using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SegML.Serving;

/// <summary>
/// What a service measures of itself. An app exports it with OpenTelemetry: <c>AddMeter(ServingMetrics.Name)</c>, <c>AddSource(ServingMetrics.Name)</c>.
/// </summary>
public sealed class ServingMetrics
{
    /// <summary>The name of the meter and of the source of traces.</summary>
    public const string Name = "SegML.Serving";

    private static readonly ActivitySource _source = new(Name);

    private readonly Counter<long> _images;
    private readonly Counter<long> _pixels;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _reloads;
    private readonly Histogram<double> _scoring;
    private readonly Histogram<double> _waiting;
    private readonly UpDownCounter<long> _admitted;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">The app's meters.</param>
    public ServingMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Meter meter = meters.Create(Name);
        // Buckets in seconds: a GPU's few milliseconds to a large image in tiles.
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] };
        _images = meter.CreateCounter<long>("segml.serving.images", "{image}", "Images by model and outcome.");
        _pixels = meter.CreateCounter<long>("segml.serving.pixels", "{pixel}", "Pixels of images that were scored.");
        _refused = meter.CreateCounter<long>("segml.serving.refused", "{request}", "Requests that were answered 429 because the queue was full.");
        _reloads = meter.CreateCounter<long>("segml.serving.reloads", "{reload}", "Models loaded again, by outcome.");
        _scoring = meter.CreateHistogram("segml.serving.scoring.duration", "s", "How long an image was scored.", advice: seconds);
        _waiting = meter.CreateHistogram("segml.serving.queue.duration", "s", "How long an image waited for its turn.", advice: seconds);
        _admitted = meter.CreateUpDownCounter<long>("segml.serving.requests.active", "{request}", "Requests that are read, wait, are scored or answered.");
    }

    internal static Activity? Start(string name) => _source.StartActivity(name);

    internal void Image(string model, string outcome, long pixels)
    {
        _images.Add(1, new("model", model), new("outcome", outcome));
        _pixels.Add(pixels, new KeyValuePair<string, object?>("model", model));
    }

    internal void Refused() => _refused.Add(1);

    internal void Reloaded(string model, bool works) => _reloads.Add(1, new("model", model), new("outcome", works ? "loaded" : "kept"));

    internal void Scored(TimeSpan time) => _scoring.Record(time.TotalSeconds);

    internal void Waited(TimeSpan time) => _waiting.Record(time.TotalSeconds);

    internal void Admitted(int change) => _admitted.Add(change);
}
