using Microsoft.ML.Data;
using SegML.Images;
using SegML.Masks;
using SegML.Scoring.Tiles;

namespace SegML.Scoring;

/// <summary>
/// Scores images with an exported model: any image size in, a mask of the same size out. A prediction has three steps: the
/// image is prepared (<see cref="NetworkImage"/>), the network runs, its logits are read (<see cref="LogitsView"/>).
/// Options add tiles, further views and the absorption of small components around these steps.
/// Thread-safe; one instance an application. Dispose it when no call is under way any more.
/// </summary>
public sealed class Segmenter : IDisposable
{
    internal const string InputName = "image";
    internal const string OutputName = "logits";

    private readonly byte[] _model;
    private readonly ScoringSession _session;
    private readonly SegmenterOptions _options;
    private readonly ImageReadOptions _reading;
    private readonly Lazy<ReceptiveField> _receptiveField;
    private readonly TestTimeAugmentation? _augmentation;
    private readonly TiledScoring? _tiles;

    private Segmenter(byte[] model, string name, SegmenterOptions options)
    {
        _model = model;
        _options = options;
        _reading = new ImageReadOptions { MaxPixels = options.MaxPixels };
        _receptiveField = new(() => ReceptiveFieldReader.Read(model, InputName, OutputName));
        _session = new ScoringSession(model, name, options);
        try
        {
            _augmentation = TestTimeAugmentation.IsWanted(options) ? new TestTimeAugmentation(options.Flip, options.Scales) : null;
            if (options.Tiles is { } tiles)
            {
                TileGrid.Check(tiles, ReceptiveField, name);
                var context = new Lazy<GlobalContext?>(() => ReceptiveFieldReader.ReadMeans(model, InputName, OutputName) is { } means
                    ? GlobalContext.TryOpen(GlobalMeans.Split(model, means), name, options) : null);
                _tiles = new TiledScoring((pixels, means, read) => Read(means is null ? _session : context.Value!.Session, means,
                    NetworkImage.Exactly(pixels), logits => { read(logits); return true; }, ReceptiveField.Stride), tiles, ReceptiveField, context);
            }
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>What the model says of itself: classes, input, provenance.</summary>
    public ModelInfo Info => _session.Info;

    /// <summary>Where it computes: <see cref="ComputeDevice.Cpu"/> or <see cref="ComputeDevice.Cuda"/>.</summary>
    public ComputeDevice Device => _session.Device;

    /// <summary>How far the network sees, computed from its graph when it is first asked for.</summary>
    public ReceptiveField ReceptiveField => _receptiveField.Value;

    /// <summary>The ONNX file's content, for saving it inside something else.</summary>
    public ReadOnlyMemory<byte> Model => _model;

    /// <summary>Loads a model that SegML exported.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Device, tiles, further views and the like; null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, empty, truncated, not ONNX, not SegML's, or too new.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    /// <exception cref="ScoringOptionsException">Tiles are smaller than what the network sees.</exception>
    public static Segmenter Load(string path, SegmenterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(SessionFactory.ReadFile(path), path, options);
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
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF.</param>
    /// <returns>A mask of the image's size, EXIF orientation applied. Dispose it to give its memory back.</returns>
    /// <exception cref="ImageFormatException">The file is not an image that can be read.</exception>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    public SegmentationMask Predict(string path)
    {
        if (_tiles is not null)
        {
            using ImageRows rows = ImageRows.Open(path, _reading);
            return Predict(rows, () => ImageRows.Open(path, _reading));
        }
        using NetworkImage image = NetworkImage.Read(path, Info.Input, _reading);
        return Predict(image);
    }

    /// <summary>Scores an encoded image in memory.</summary>
    /// <param name="encoded">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <inheritdoc cref="Predict(string)"/>
    public SegmentationMask Predict(ReadOnlySpan<byte> encoded, string name)
    {
        if (_tiles is not null)
        {
            using RgbaImage whole = ImageFile.Decode(encoded, name, _reading);
            return Predict(whole);
        }
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input, _reading);
        return Predict(image);
    }

    /// <summary>Scores an encoded image from a stream, which is read from where it stands to its end and not disposed.</summary>
    /// <param name="stream">The content of an image file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <inheritdoc cref="Predict(string)"/>
    public SegmentationMask Predict(Stream stream, string name)
    {
        if (_tiles is not null)
        {
            using RgbaImage whole = ImageFile.Read(stream, name, _reading);
            return Predict(whole);
        }
        using NetworkImage image = NetworkImage.Read(stream, name, Info.Input, _reading);
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
        if (_tiles?.IsFor(image.Width, image.Height) == true)
        {
            using ImageRows rows = ImageRows.Of(image);
            return Predict(rows, () => ImageRows.Of(image));
        }
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
        if (_augmentation is not null || _tiles is not null)
        {
            return [.. images.Select(Predict)];
        }
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
        if (_tiles is not null)
        {
            using ImageRows rows = ImageRows.Open(path, _reading);
            return Score(rows, () => ImageRows.Open(path, _reading));
        }
        using NetworkImage image = NetworkImage.Read(path, Info.Input, _reading);
        return Score(image);
    }

    /// <summary>Scores an encoded image in memory and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string)" path="/returns"/>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte}, string)"/>
    public SegmentationScores Score(ReadOnlySpan<byte> encoded, string name)
    {
        if (_tiles is not null)
        {
            using RgbaImage whole = ImageFile.Decode(encoded, name, _reading);
            return Score(whole);
        }
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input, _reading);
        return Score(image);
    }

    /// <summary>Scores an encoded image from a stream and keeps the probability of every class at every pixel.</summary>
    /// <inheritdoc cref="Score(string)" path="/returns"/>
    /// <inheritdoc cref="Predict(Stream, string)"/>
    public SegmentationScores Score(Stream stream, string name)
    {
        if (_tiles is not null)
        {
            using RgbaImage whole = ImageFile.Read(stream, name, _reading);
            return Score(whole);
        }
        using NetworkImage image = NetworkImage.Read(stream, name, Info.Input, _reading);
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
        if (_tiles?.IsFor(image.Width, image.Height) == true)
        {
            using ImageRows rows = ImageRows.Of(image);
            return Score(rows, () => ImageRows.Of(image));
        }
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Score(prepared);
    }

    /// <summary>Frees the session and the buffers.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _tiles?.Dispose();
    }

    /// <summary>Buffers that are kept for the next calls.</summary>
    internal int IdleBuffers => _session.IdleBuffers;

    /// <summary>Scores an image that is prepared already.</summary>
    internal SegmentationMask Predict(NetworkImage image) =>
        Finish(Read(image, logits => logits.ToMask(Info.Classes, image.Width, image.Height)));

    /// <summary>Scores images that are prepared already, in batches.</summary>
    internal IReadOnlyList<SegmentationMask> PredictPrepared(IReadOnlyList<NetworkImage> images)
    {
        if (_augmentation is not null)
        {
            return [.. images.Select(Predict)];
        }
        var masks = new SegmentationMask[images.Count];
        foreach (int[] batch in Batches(images.Count, i => (images[i].Pixels.Width, images[i].Pixels.Height)))
        {
            Predict([.. batch.Select(i => images[i])], batch, masks);
        }
        return masks;
    }

    /// <summary>Scores an image that is prepared already and keeps the probabilities.</summary>
    internal SegmentationScores Score(NetworkImage image) =>
        Read(image, logits => logits.ToScores(Info.Classes, image.Width, image.Height));

    /// <summary>Scores an image file in one run of the network: mask and probabilities.</summary>
    internal SegmentationMask Predict(string path, out SegmentationScores scores)
    {
        if (_tiles is not null)
        {
            scores = Score(path);
            return Finish(scores.ToMask());
        }
        using NetworkImage image = NetworkImage.Read(path, Info.Input, _reading);
        return Predict(image, out scores);
    }

    /// <inheritdoc cref="Predict(string, out SegmentationScores)"/>
    internal SegmentationMask Predict(ReadOnlySpan<byte> encoded, string name, out SegmentationScores scores)
    {
        if (_tiles is not null)
        {
            using RgbaImage whole = ImageFile.Decode(encoded, name, _reading);
            return Predict(whole, out scores);
        }
        using NetworkImage image = NetworkImage.Decode(encoded, name, Info.Input, _reading);
        return Predict(image, out scores);
    }

    /// <inheritdoc cref="Predict(string, out SegmentationScores)"/>
    internal SegmentationMask Predict(MLImage image, out SegmentationScores scores)
    {
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        return Predict(copy, out scores);
    }

    /// <summary>A copy of an image's logits, at the size that the network gives them, to merge with others before they are read.</summary>
    internal RentedLogits Logits(NetworkImage image) => Read(image, logits => logits.Copy());

    // An image that is not above the limit for tiles is scored as without them.
    private SegmentationMask Predict(ImageRows rows, Func<ImageRows> again)
    {
        if (_tiles!.IsFor(rows.Width, rows.Height))
        {
            return Finish(_tiles.Predict(rows, again, Info.Classes));
        }
        using RgbaImage image = rows.ReadAll();
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Predict(prepared);
    }

    private SegmentationScores Score(ImageRows rows, Func<ImageRows> again)
    {
        if (_tiles!.IsFor(rows.Width, rows.Height))
        {
            return _tiles.Score(rows, again, Info.Classes);
        }
        using RgbaImage image = rows.ReadAll();
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Score(prepared);
    }

    /// <summary>Runs the network, in all views, and reads what it gives.</summary>
    private T Read<T>(NetworkImage image, Func<LogitsView, T> read) => Read(_session, null, image, read, step: 1);

    private T Read<T>(ScoringSession session, ContextTensors? context, NetworkImage image, Func<LogitsView, T> read, int step)
    {
        if (_augmentation is not null)
        {
            using RentedLogits merged = _augmentation.Run(session, context, image.Pixels, step);
            return read(merged.View);
        }
        using ScoringRun run = session.Run([image], context);
        return read(run.Logits(0));
    }

    private SegmentationMask Finish(SegmentationMask mask)
    {
        SmallComponents.Absorb(mask, _options.MinComponentArea, _options.Connectivity);
        return mask;
    }

    private SegmentationMask Predict(RgbaImage image, out SegmentationScores scores)
    {
        if (_tiles?.IsFor(image.Width, image.Height) == true)
        {
            scores = Score(image);
            return Finish(scores.ToMask());
        }
        using NetworkImage prepared = NetworkImage.Of(image, Info.Input);
        return Predict(prepared, out scores);
    }

    private SegmentationMask Predict(NetworkImage image, out SegmentationScores scores)
    {
        (SegmentationMask mask, scores) = Read(image, logits =>
            (logits.ToMask(Info.Classes, image.Width, image.Height), logits.ToScores(Info.Classes, image.Width, image.Height)));
        return Finish(mask);
    }

    /// <summary>Which images go through the network at once: those of one size, as many as a batch may have.</summary>
    private IEnumerable<int[]> Batches(int images, Func<int, (int Width, int Height)> sizeOf) =>
        Enumerable.Range(0, images).GroupBy(sizeOf).SelectMany(size => size.Chunk(_options.BatchSize));

    private void Predict(NetworkImage[] images, int[] batch, SegmentationMask[] masks)
    {
        using ScoringRun run = _session.Run(images);
        for (int i = 0; i < images.Length; i++)
        {
            masks[batch[i]] = Finish(run.Logits(i).ToMask(Info.Classes, images[i].Width, images[i].Height));
        }
    }
}
