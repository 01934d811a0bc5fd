using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;

namespace SegML.Scoring;

/// <summary>
/// Scores images with an exported model: any image size in, a mask of the same size out. A prediction has three steps: the
/// image is prepared (<see cref="NetworkImage"/>), the network runs, its logits are read (<see cref="LogitsView"/>).
/// Thread-safe; one instance an application. Dispose it when no call is under way any more.
/// </summary>
public sealed class Segmenter : IDisposable
{
    internal const string InputName = "image";
    internal const string OutputName = "logits";

    private readonly byte[] _model;
    private readonly ScoringSession _session;
    private readonly int _batchSize;

    private Segmenter(byte[] model, string name, SegmenterOptions options)
    {
        _model = model;
        _batchSize = options.BatchSize;
        _session = new ScoringSession(model, name, options);
    }

    /// <summary>What the model says of itself: classes, input, provenance.</summary>
    public ModelInfo Info => _session.Info;

    /// <summary>Where it computes: <see cref="ComputeDevice.Cpu"/> or <see cref="ComputeDevice.Cuda"/>.</summary>
    public ComputeDevice Device => _session.Device;

    /// <summary>The ONNX file's content, for saving it inside something else.</summary>
    public ReadOnlyMemory<byte> Model => _model;

    /// <summary>Loads a model that SegML exported.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Device, threads and batch size; null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, empty, truncated, not ONNX, not SegML's, or too new.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public static Segmenter Load(string path, SegmenterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(SessionFactory.ReadFile(path), path, options);
    }

    /// <summary>Loads a model from memory.</summary>
    /// <param name="model">The ONNX file's content; kept, not copied.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Device, threads and batch size; null: the defaults.</param>
    /// <inheritdoc cref="Load(string, SegmenterOptions?)" path="/exception"/>
    public static Segmenter Load(byte[] model, string name, SegmenterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new SegmenterOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.GpuDeviceId, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BatchSize, 1, nameof(options));
        return new Segmenter(model, name, options);
    }

    /// <summary>Scores an image file.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF.</param>
    /// <returns>A mask of the image's size, EXIF orientation applied. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">The file is not an image that can be read.</exception>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    public SegmentationMask Predict(string path)
    {
        using NetworkImage image = NetworkImage.Read(path, Info.Input);
        return Predict(image);
    }

    /// <summary>Scores an encoded image in memory.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <inheritdoc cref="Predict(string)"/>
    public SegmentationMask Predict(ReadOnlySpan<byte> encoded, string name)
    {
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input);
        return Predict(image);
    }

    /// <summary>Scores an encoded image from a stream, which is read from where it stands to its end and not disposed.</summary>
    /// <param name="stream">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <inheritdoc cref="Predict(string)"/>
    public SegmentationMask Predict(Stream stream, string name)
    {
        using NetworkImage image = NetworkImage.Read(stream, name, Info.Input);
        return Predict(image);
    }

    /// <summary>Scores an ML.NET image, which is neither changed nor disposed.</summary>
    /// <inheritdoc cref="Predict(RgbaImage)"/>
    public SegmentationMask Predict(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        return Predict(copy);
    }

    /// <summary>Scores an image.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <returns>A mask of the image's size. Dispose it to give its memory back.</returns>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    public SegmentationMask Predict(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Predict(prepared);
    }

    /// <summary>
    /// Scores images, up to <see cref="SegmenterOptions.BatchSize"/> of them at once where the network gets them at one size.
    /// </summary>
    /// <param name="images">The images; they stay the caller's.</param>
    /// <returns>A mask of each image's size, in the order of the images.</returns>
    /// <inheritdoc cref="Predict(RgbaImage)" path="/exception"/>
    public IReadOnlyList<SegmentationMask> Predict(IReadOnlyList<RgbaImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var masks = new SegmentationMask[images.Count];
        foreach (int[] batch in Batches(images.Count, i => Info.Input.SizeFor(images[i].Width, images[i].Height)))
        {
            NetworkImage[] prepared = [.. batch.Select(i => NetworkImage.Of(images[i], Info.Input))];
            try
            {
                Predict(prepared, batch, masks);
            }
            finally
            {
                Array.ForEach(prepared, i => i.Dispose());
            }
        }
        return masks;
    }

    /// <summary>Scores an image file and keeps the probability of every class at every pixel.</summary>
    /// <returns>Probabilities at the image's size, EXIF orientation applied. Dispose them to give their memory back.</returns>
    /// <inheritdoc cref="Predict(string)"/>
    public SegmentationScores Score(string path)
    {
        using NetworkImage image = NetworkImage.Read(path, Info.Input);
        return Score(image);
    }

    /// <summary>Scores an encoded image in memory and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string)" path="/returns"/>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte}, string)"/>
    public SegmentationScores Score(ReadOnlySpan<byte> encoded, string name)
    {
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input);
        return Score(image);
    }

    /// <summary>Scores an encoded image from a stream and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string)" path="/returns"/>
    /// <inheritdoc cref="Predict(Stream, string)"/>
    public SegmentationScores Score(Stream stream, string name)
    {
        using NetworkImage image = NetworkImage.Read(stream, name, Info.Input);
        return Score(image);
    }

    /// <summary>Scores an ML.NET image, which is neither changed nor disposed, and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(RgbaImage)"/>
    public SegmentationScores Score(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        return Score(copy);
    }

    /// <summary>Scores an image and keeps the probability of every class at every pixel.</summary>
    /// <returns>Probabilities at the image's size. Dispose them to give their memory back.</returns>
    /// <inheritdoc cref="Predict(RgbaImage)"/>
    public SegmentationScores Score(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Score(prepared);
    }

    /// <summary>Frees the session and the buffers.</summary>
    public void Dispose() => _session.Dispose();

    /// <summary>Buffers that are kept for the next calls.</summary>
    internal int IdleBuffers => _session.IdleBuffers;

    /// <summary>Scores an image that is prepared already.</summary>
    internal SegmentationMask Predict(NetworkImage image)
    {
        using ScoringRun run = _session.Run(image);
        return run.Logits(0).ToMask(Info.Classes, image.Width, image.Height);
    }

    /// <summary>Scores images that are prepared already, in batches.</summary>
    internal IReadOnlyList<SegmentationMask> PredictPrepared(IReadOnlyList<NetworkImage> images)
    {
        var masks = new SegmentationMask[images.Count];
        foreach (int[] batch in Batches(images.Count, i => (images[i].Pixels.Width, images[i].Pixels.Height)))
        {
            Predict([.. batch.Select(i => images[i])], batch, masks);
        }
        return masks;
    }

    /// <summary>Scores an image that is prepared already and keeps the probabilities.</summary>
    internal SegmentationScores Score(NetworkImage image)
    {
        using ScoringRun run = _session.Run(image);
        return run.Logits(0).ToScores(Info.Classes, image.Width, image.Height);
    }

    /// <summary>Scores an image file in one run of the network: mask and probabilities.</summary>
    internal SegmentationMask Predict(string path, out SegmentationScores scores)
    {
        using NetworkImage image = NetworkImage.Read(path, Info.Input);
        return Predict(image, out scores);
    }

    /// <inheritdoc cref="Predict(string, out SegmentationScores)"/>
    internal SegmentationMask Predict(ReadOnlySpan<byte> encoded, string name, out SegmentationScores scores)
    {
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input);
        return Predict(image, out scores);
    }

    /// <inheritdoc cref="Predict(string, out SegmentationScores)"/>
    internal SegmentationMask Predict(MLImage image, out SegmentationScores scores)
    {
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        using NetworkImage prepared = NetworkImage.Of(copy, Info.Input);
        return Predict(prepared, out scores);
    }

    /// <summary>A copy of an image's logits, at the size that the network gives them, to merge with others before they are read.</summary>
    internal RentedLogits Logits(NetworkImage image)
    {
        using ScoringRun run = _session.Run(image);
        return run.Logits(0).Copy();
    }

    private SegmentationMask Predict(NetworkImage image, out SegmentationScores scores)
    {
        using ScoringRun run = _session.Run(image);
        LogitsView logits = run.Logits(0);
        scores = logits.ToScores(Info.Classes, image.Width, image.Height);
        return logits.ToMask(Info.Classes, image.Width, image.Height);
    }

    /// <summary>Which images go through the network at once: those of one size, as many as a batch may have.</summary>
    private IEnumerable<int[]> Batches(int images, Func<int, (int Width, int Height)> sizeOf) =>
        Enumerable.Range(0, images).GroupBy(sizeOf).SelectMany(size => size.Chunk(_batchSize));

    private void Predict(NetworkImage[] images, int[] batch, SegmentationMask[] masks)
    {
        using ScoringRun run = _session.Run(images);
        for (int i = 0; i < images.Length; i++)
        {
            masks[batch[i]] = run.Logits(i).ToMask(Info.Classes, images[i].Width, images[i].Height);
        }
    }
}
