using System.Diagnostics;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring.Adoption;
using SegML.Scoring.Tiles;

namespace SegML.Scoring;

/// <summary>
/// Scores images with an exported model: any image size in, a mask of the same size out. Thread-safe; one instance an
/// application. It may be disposed while calls are under way: they end as usual, and later ones throw <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class Segmenter : IDisposable
{
    internal const string InputName = "image";
    internal const string OutputName = "logits";

    private readonly byte[] _model;
    private readonly ImageScoring _scoring;

    private Segmenter(byte[] model, string name, SegmenterOptions options)
    {
        _model = model;
        HasChecksum = SessionFactory.CheckSeal(model, name);
        _scoring = new ImageScoring(model, name, options);
        if (!HasChecksum)
        {
            Checksums.TellMissing(name);
        }
    }

    /// <summary>What the model says of itself: classes, input, provenance.</summary>
    public ModelInfo Info => _scoring.Info;

    /// <summary>Where it computes: <see cref="ComputeDevice.Cpu"/> or <see cref="ComputeDevice.Cuda"/>.</summary>
    public ComputeDevice Device => _scoring.Device;

    /// <summary>
    /// Why it computes on the CPU, where <see cref="ComputeDevice.Auto"/> was asked for and this build of ONNX Runtime can do CUDA: a sentence that names
    /// what the machine lacks. Null otherwise.
    /// </summary>
    public string? Fallback => _scoring.Fallback;

    /// <summary>How far the network sees.</summary>
    /// <exception cref="ModelFormatException">The model's metadata does not say: an earlier SegML exported it.</exception>
    public ReceptiveField ReceptiveField => _scoring.ReceptiveField;

    /// <summary>Whether the model carries a checksum, which was compared: false for models of SegML's first versions; see <see cref="Checksums"/>.</summary>
    public bool HasChecksum { get; }

    /// <summary>The ONNX file's content, for saving it inside something else.</summary>
    public ReadOnlyMemory<byte> Model => _model;

    /// <summary>Loads a model that SegML exported.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Device, tiles, further views and the like; null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, empty, truncated, not ONNX, not SegML's, too new, or differs from its checksum.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    /// <exception cref="NativeLibraryException">The app lacks ONNX Runtime's native library.</exception>
    /// <exception cref="ScoringOptionsException">Tiles are smaller than what the network sees.</exception>
    public static Segmenter Load(string path, SegmenterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(SessionFactory.ReadFile(path), path, options);
    }

    /// <summary>Loads a segmentation model that another tool exported.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="description">What its file does not say: how an image becomes its input, what its output means, its classes.</param>
    /// <param name="options">Device, tiles, further views and the like; null: the defaults.</param>
    /// <remarks>Tiles need the receptive field, which <c>segml model adopt</c> computes and writes into a copy of the model; load that.</remarks>
    /// <exception cref="ModelFormatException">The file is missing, is no model, or contradicts the description.</exception>
    /// <inheritdoc cref="Load(string, SegmenterOptions?)" path="/exception"/>
    public static Segmenter Load(string path, ModelDescription description, SegmenterOptions? options = null)
    {
        AdoptedModel adopted = ModelAdoption.Adopt(path, description);
        return Load(adopted.Model, path, options);
    }

    /// <summary>Loads a model from memory.</summary>
    /// <param name="model">The ONNX file's content; kept, not copied.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Device, tiles, further views and the like; null: the defaults.</param>
    /// <inheritdoc cref="Load(string, SegmenterOptions?)" path="/exception"/>
    public static Segmenter Load(byte[] model, string name, SegmenterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new SegmenterOptions();
        options.Validate();
        return new Segmenter(model, name, options);
    }

    /// <summary>
    /// Scores an image file. In tiles, JPEG and 8-bit PNG are decoded as the tiles go down the image: of the image itself only
    /// some rows are ever in memory.
    /// </summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF, or a format that a package registered with <see cref="ImageDecoders"/>. 16 bits count in full.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <returns>A mask of the image's size, EXIF orientation applied. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">The file is not an image that can be read, or too large for its result to be an array.</exception>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    /// <exception cref="ScoringTimeoutException">It takes longer than <see cref="SegmenterOptions.TimeLimit"/>.</exception>
    /// <exception cref="OperationCanceledException">It was stopped by <paramref name="cancellation"/>.</exception>
    public SegmentationMask Predict(string path, CancellationToken cancellation = default) => Mask(new FileSource(path), cancellation);

    /// <summary>Scores an encoded image in memory.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public SegmentationMask Predict(ReadOnlySpan<byte> encoded, string name, CancellationToken cancellation = default) => Mask(new EncodedSource(encoded, name), cancellation);

    /// <summary>Scores an encoded image from a stream, which is read from where it stands to its end and not disposed.</summary>
    /// <param name="stream">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public SegmentationMask Predict(Stream stream, string name, CancellationToken cancellation = default) => Mask(new StreamSource(stream, name), cancellation);

    /// <summary>Scores an image.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <returns>A mask of the image's size. Dispose it to give its memory back.</returns>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    public SegmentationMask Predict(RasterImage image, CancellationToken cancellation = default) => Mask(new PixelSource(image), cancellation);

    /// <summary>
    /// Scores images, up to <see cref="SegmenterOptions.BatchSize"/> of them at once where the network gets them at one size.
    /// </summary>
    /// <param name="images">The images; they stay the caller's.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <returns>A mask of each image's size, in the order of the images.</returns>
    /// <inheritdoc cref="Predict(RasterImage, CancellationToken)" path="/exception"/>
    public IReadOnlyList<SegmentationMask> Predict(IReadOnlyList<RasterImage> images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        return _scoring.Predict(images, cancellation);
    }

    /// <summary>Scores an image file and keeps the probability of every class at every pixel.</summary>
    /// <returns>Probabilities at the image's size, EXIF orientation applied. Dispose them to give their memory back.</returns>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public SegmentationScores Score(string path, CancellationToken cancellation = default) => Scores(new FileSource(path), cancellation);

    /// <summary>Scores an image file for both its mask and the probability of every class at every pixel; the network runs once.</summary>
    /// <param name="path">As in <see cref="Predict(string, CancellationToken)"/>.</param>
    /// <param name="scores">Probabilities at the image's size. Dispose them to give their memory back.</param>
    /// <param name="cancellation">Stops the network in the middle of its work.</param>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public SegmentationMask Predict(string path, out SegmentationScores scores, CancellationToken cancellation = default)
    {
        ScoredImage scored = _scoring.Score(new FileSource(path), ScoringOutputs.Mask | ScoringOutputs.Scores, cancellation);
        scores = scored.Scores!;
        return scored.Mask!;
    }

    /// <summary>Scores an encoded image in memory and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string, CancellationToken)" path="/returns"/>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte}, string, CancellationToken)"/>
    public SegmentationScores Score(ReadOnlySpan<byte> encoded, string name, CancellationToken cancellation = default) => Scores(new EncodedSource(encoded, name), cancellation);

    /// <summary>Scores an encoded image from a stream and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string, CancellationToken)" path="/returns"/>
    /// <inheritdoc cref="Predict(Stream, string, CancellationToken)"/>
    public SegmentationScores Score(Stream stream, string name, CancellationToken cancellation = default) => Scores(new StreamSource(stream, name), cancellation);

    /// <summary>Scores an image and keeps the probability of every class at every pixel.</summary>
    /// <returns>Probabilities at the image's size. Dispose them to give their memory back.</returns>
    /// <exception cref="ImageFormatException">The probabilities are too many for an array.</exception>
    /// <inheritdoc cref="Predict(RasterImage, CancellationToken)"/>
    public SegmentationScores Score(RasterImage image, CancellationToken cancellation = default) => Scores(new PixelSource(image), cancellation);

    /// <summary>Frees the session and the buffers, at once or when the last call that is under way has ended.</summary>
    public void Dispose() => _scoring.Dispose();

    /// <summary>
    /// The seconds that this thread's calls spent in ONNX Runtime since this was last called on it, or 0 at first: for measuring what scoring costs beside the network.
    /// </summary>
    public double MeasureRuns()
    {
        double spent = RunProbe.Spent;
        RunProbe.Clock = static () => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        RunProbe.Spent = 0;
        return spent;
    }

    /// <summary>The steps, for SegML.MLNet, whose transformer takes mask and probabilities from one run.</summary>
    internal ImageScoring Scoring => _scoring;

    private SegmentationMask Mask<T>(T source, CancellationToken cancellation)
        where T : IImageSource, allows ref struct => _scoring.Score(source, ScoringOutputs.Mask, cancellation).Mask!;

    private SegmentationScores Scores<T>(T source, CancellationToken cancellation)
        where T : IImageSource, allows ref struct => _scoring.Score(source, ScoringOutputs.Scores, cancellation).Scores!;
}
