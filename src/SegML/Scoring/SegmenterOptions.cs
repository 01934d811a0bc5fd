using System.Text.Json.Serialization;
using Microsoft.ML.OnnxRuntime;
using SegML.Images;
using SegML.Masks;

namespace SegML.Scoring;

/// <summary>
/// How a <see cref="Segmenter"/> computes. Device, threads and batch size change nothing of what it computes; the others do.
/// </summary>
public sealed record SegmenterOptions
{
    /// <summary>
    /// Where to compute. Null: in an ML.NET pipeline, where MLContext.GpuDeviceId and FallbackToCpu say, which is the CPU unless set; elsewhere
    /// as <see cref="ComputeDevice.Auto"/>. Default null.
    /// </summary>
    public ComputeDevice? Device { get; init; }

    /// <summary>Which CUDA device, counted from 0; not read where the MLContext decides. Default 0.</summary>
    public int GpuDeviceId { get; init; }

    /// <summary>CPU threads that one image is spread over; 0: ONNX Runtime's choice, one a physical core. Default 0.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// How many images at most go through the network at once, where several are given; at least 1. Default 1, because
    /// batches gain nothing on a CPU; a GPU is kept busy by more.
    /// </summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>
    /// Scores large images in tiles at their own resolution. Null: every image is resized to the model's reference size
    /// and scored at once. Default null.
    /// </summary>
    public TileOptions? Tiles { get; init; }

    /// <summary>
    /// Whether each image is scored as its mirror image too, and the probabilities averaged: test-time augmentation. Takes
    /// twice the time. Default false.
    /// </summary>
    public bool Flip { get; init; }

    /// <summary>
    /// Whether each image is scored upside down too, and the probabilities averaged. For images without an upper side; with
    /// <see cref="Flip"/> four views. Default false.
    /// </summary>
    public bool VerticalFlip { get; init; }

    /// <summary>
    /// Whether each image is scored turned by 90, 180 and 270 degrees too, and the probabilities averaged: four views, eight with a flip.
    /// The model must take inputs of any size unless its input is square. Default false.
    /// </summary>
    public bool Rotate90 { get; init; }

    /// <summary>How many views each scale has, flipped and turned ones included: 1, 2, 4 or 8.</summary>
    [JsonIgnore]
    public int Views => TestTimeAugmentation.Views(this);

    /// <summary>
    /// At which sizes each image is scored, as factors of the size that the network gets otherwise; the probabilities are averaged.
    /// 0.25 to 4, at least one. Takes each factor's square in time, and for the largest in memory: [0.75, 1, 1.25] takes 3.1
    /// times as long as [1], and that for each flipped or turned view. Default [1].
    /// </summary>
    /// <remarks>
    /// Averaged are probabilities, not logits: each view has one vote a pixel, however large its logits are at its scale.
    /// </remarks>
    public IReadOnlyList<double> Scales { get; init; } = [1];

    /// <summary>
    /// The least area of a connected component of a mask, in pixels: smaller ones take the class that is most frequent along
    /// their border. Changes masks, not probabilities. Default 0: all stay.
    /// </summary>
    public int MinComponentArea { get; init; }

    /// <summary>What hangs together for <see cref="MinComponentArea"/>. Default <see cref="Connectivity.Eight"/>.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Eight;

    /// <summary>
    /// Whether logits that are NaN or infinite are scored: NaN as the least logit there is, infinities as the least and the greatest. Otherwise
    /// they are an error, because a network that gives them is damaged or does not fit its precision. Default false.
    /// </summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>
    /// Greatest number of pixels of an image that is read from a file, a stream or bytes, as in <see cref="ImageReadOptions"/>. Default
    /// 200 000 000. Raise it to score larger ones in tiles.
    /// </summary>
    public long MaxPixels { get; init; } = ImageReadOptions.Default.MaxPixels;

    /// <summary>
    /// The share of a JPEG's picture that must be in the file, 0 to 1, as in <see cref="ImageReadOptions.LeastDecoded"/>. Default 0.99; 0 scores
    /// whatever there is.
    /// </summary>
    public double LeastDecoded { get; init; } = ImageReadOptions.Default.LeastDecoded;

    /// <summary>
    /// The longest that the network may take for an image, all tiles and views together, or for a batch; reading the image is included. Then
    /// <see cref="ScoringTimeoutException"/> is thrown, soon after an operator of the network ends. For models of unknown origin, which may never
    /// end. Default null: as long as it takes.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// Changes ONNX Runtime's session options before the model is opened: execution providers (<see cref="ExecutionProviders"/>), their order, graph
    /// optimisation, memory. Called once a session, after SegML's own settings; with it CUDA is tried only where <see cref="Device"/> is
    /// <see cref="ComputeDevice.Cuda"/>. Not saved with an ML.NET model. Default null.
    /// </summary>
    [JsonIgnore]
    public Action<SessionOptions>? ConfigureSession { get; init; }

    /// <summary>Makes the session options that the others are set on; null: new ones. ML.NET's own, from its context.</summary>
    [JsonIgnore]
    internal Func<SessionOptions>? CreateSession { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(GpuDeviceId, "options");
        ArgumentOutOfRangeException.ThrowIfNegative(Threads, "options");
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1, "options");
        ArgumentOutOfRangeException.ThrowIfNegative(MinComponentArea, "options");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPixels, 1, "options");
        if (TimeLimit is { } limit && (limit <= TimeSpan.Zero || limit > TimeSpan.FromDays(1)))
        {
            throw new ArgumentOutOfRangeException("options", $"the time limit {limit} is not above 0 and at most a day");
        }
        ArgumentOutOfRangeException.ThrowIfNegative(LeastDecoded, "options");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LeastDecoded, 1, "options");
        if (Scales is not { Count: > 0 } || !Scales.All(s => s is >= 0.25 and <= 4))
        {
            throw new ArgumentOutOfRangeException("options", $"the scales {string.Join(", ", Scales ?? [])} are not all 0.25 to 4, or none");
        }
    }
}
