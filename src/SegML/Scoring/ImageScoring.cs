using SegML.Images;
using SegML.Masks;
using SegML.Scoring.Tiles;

namespace SegML.Scoring;

/// <summary>
/// The steps of a prediction, for every source of images: the image is prepared (<see cref="NetworkImage"/>), the network runs,
/// its logits are read (<see cref="LogitsView"/>). Options add tiles, further views and the absorption of small components
/// around these steps. Thread-safe.
/// </summary>
internal sealed class ImageScoring : IDisposable
{
    private readonly ScoringSession _session;
    private readonly SegmenterOptions _options;
    private readonly ImageReadOptions _reading;
    private readonly string _name;
    private readonly TestTimeAugmentation? _augmentation;
    private readonly TiledScoring? _tiles;
    private readonly Lifetime _lifetime;

    /// <inheritdoc cref="Segmenter.Load(byte[], string, SegmenterOptions?)"/>
    public ImageScoring(byte[] model, string name, SegmenterOptions options)
    {
        _options = options;
        _lifetime = new Lifetime(nameof(Segmenter), Free);
        _reading = new ImageReadOptions { MaxPixels = options.MaxPixels, LeastDecoded = options.LeastDecoded };
        _name = name;
        _session = new ScoringSession(model, name, options);
        try
        {
            if (options.MinComponentArea > 0 && Info.Classes.IsMultiLabel)
            {
                throw new ScoringOptionsException(nameof(SegmenterOptions.MinComponentArea), $"absorbs components into the class around them, and the classes of {name} overlap",
                    "leave it at 0");
            }
            _augmentation = TestTimeAugmentation.IsWanted(options) ? new TestTimeAugmentation(options) : null;
            _tiles = options.Tiles is { } tiles ? InTiles(tiles, model, name) : null;
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    public ModelInfo Info => _session.Info;

    public ComputeDevice Device => _session.Device;

    /// <inheritdoc cref="Segmenter.Fallback"/>
    public string? Fallback => _session.Fallback;

    /// <inheritdoc cref="Segmenter.ReceptiveField"/>
    public ReceptiveField ReceptiveField => Info.ReceptiveField ?? throw new ModelFormatException(_name,
        "does not say how far its network sees, so that it cannot be scored in tiles", "bring its metadata up to date: segml export OLD.onnx --out NEW.onnx");

    /// <summary>Buffers that are kept for the next calls.</summary>
    public int IdleBuffers => _session.IdleBuffers;

    /// <summary>The image at the network's size, to be scored with others at once.</summary>
    public NetworkImage Prepare<T>(T source)
        where T : IImageSource, allows ref struct => source.Prepare(Info.Input, _reading);

    /// <summary>Scores an image. The network runs once, whatever is asked for.</summary>
    /// <param name="source">The image.</param>
    /// <param name="wanted">What to make of the logits; the rest of the result is null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ObjectDisposedException">It was disposed. A call that is under way keeps what it uses until it ends.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ScoringTimeoutException">It took longer than it may.</exception>
    public ScoredImage Score<T>(T source, ScoringOutputs wanted, CancellationToken cancellation = default)
        where T : IImageSource, allows ref struct
    {
        using Lifetime.Use use = _lifetime.Enter();
        using var call = ScoringCall.Begin(cancellation, _options.TimeLimit);
        if (_tiles is null)
        {
            using NetworkImage image = Prepare(source);
            CheckSize(source.Name, image.Width, image.Height, wanted);
            return Score(image, wanted);
        }
        using ImageRows rows = source.OpenRows(Info.Input, _reading);
        CheckSize(source.Name, rows.Width, rows.Height, wanted);
        if (_tiles.IsFor(rows.Width, rows.Height))
        {
            return Score(rows, wanted);
        }
        using NetworkImage whole = NetworkImage.Take(rows.ReadAll(), Info.Input, source.Name);
        return Score(whole, wanted);
    }

    /// <summary>Scores images, as many at once as a batch may have where the network gets them at one size.</summary>
    /// <returns>Their masks, in their order.</returns>
    public IReadOnlyList<SegmentationMask> Predict(IReadOnlyList<RasterImage> images, CancellationToken cancellation = default)
    {
        using Lifetime.Use use = _lifetime.Enter();
        if (_tiles is not null)
        {
            return [.. images.Select(i => Score(new PixelSource(i), ScoringOutputs.Mask, cancellation).Mask!)];
        }
        NetworkImage[] prepared = [.. images.Select(i => Prepare(new PixelSource(i)))];
        try
        {
            return Predict(prepared, cancellation);
        }
        finally
        {
            Array.ForEach(prepared, i => i.Dispose());
        }
    }

    /// <inheritdoc cref="Predict(IReadOnlyList{RasterImage}, CancellationToken)"/>
    /// <summary>Scores images that are prepared already, in batches.</summary>
    public IReadOnlyList<SegmentationMask> Predict(IReadOnlyList<NetworkImage> images, CancellationToken cancellation = default)
    {
        using Lifetime.Use use = _lifetime.Enter();
        if (_augmentation is not null)
        {
            return [.. images.Select(i => Limited(() => Score(i, ScoringOutputs.Mask).Mask!))];
        }
        var masks = new SegmentationMask[images.Count];
        foreach (int[] batch in Enumerable.Range(0, images.Count)
            .GroupBy(i => (images[i].Pixels.Width, images[i].Pixels.Height))
            .SelectMany(size => size.Chunk(_options.BatchSize)))
        {
            using ScoringRun run = Limited(() => _session.Run([.. batch.Select(i => images[i])]));
            for (int i = 0; i < batch.Length; i++)
            {
                NetworkImage image = images[batch[i]];
                masks[batch[i]] = Finish(Whole(run.Logits(i), image, logits => logits.ToMask(Info.Classes, image.Width, image.Height)));
            }
        }
        return masks;

        // The time limit is an image's, or a batch's where several go through the network at once.
        T Limited<T>(Func<T> score)
        {
            using var call = ScoringCall.Begin(cancellation, _options.TimeLimit);
            return score();
        }
    }

    public void Dispose() => _lifetime.End();

    private void Free()
    {
        _session.Dispose();
        _tiles?.Dispose();
    }

    private ScoredImage Score(NetworkImage image, ScoringOutputs wanted)
    {
        ScoredImage scored = Read(_session, null, image, logits => new ScoredImage(
            wanted.HasFlag(ScoringOutputs.Mask) ? logits.ToMask(Info.Classes, image.Width, image.Height) : null,
            wanted.HasFlag(ScoringOutputs.Scores) ? logits.ToScores(Info.Classes, image.Width, image.Height) : null), step: 1);
        if (scored.Mask is not null)
        {
            Finish(scored.Mask);
        }
        return scored;
    }

    private ScoredImage Score(ImageRows rows, ScoringOutputs wanted)
    {
        if (!wanted.HasFlag(ScoringOutputs.Scores))
        {
            return new ScoredImage(Finish(_tiles!.Predict(rows, Info.Classes)), null);
        }
        SegmentationScores scores = _tiles!.Score(rows, Info.Classes);
        return new ScoredImage(wanted.HasFlag(ScoringOutputs.Mask) ? Finish(scores.ToMask()) : null, scores);
    }

    private TiledScoring InTiles(TileOptions tiles, byte[] model, string name)
    {
        TileGrid.Check(tiles, ReceptiveField, name);
        var context = new Lazy<GlobalContext?>(() => Info.GlobalMeans is { } means
            ? Boundary.Model.Cross(name, () => GlobalContext.Open(model, means, name, _options)) : null);
        return new TiledScoring(ScoreTile, Info.Input, tiles, ReceptiveField, context);

        void ScoreTile(NetworkImage tile, ContextTensors? means, TiledScoring.ReadLogits read) => Read(
            means is null ? _session : context.Value!.Session, means, tile, logits =>
            {
                read(logits);
                return true;
            }, ReceptiveField.Stride);
    }

    /// <summary>Runs the network, in all views, and reads what it gives.</summary>
    private T Read<T>(ScoringSession session, ContextTensors? context, NetworkImage image, Func<LogitsView, T> read, int step)
    {
        if (_augmentation is not null)
        {
            using RentedLogits merged = _augmentation.Run(session, context, image, step);
            return Whole(merged.View, image, read);
        }
        using ScoringRun run = session.Run([image], context);
        return Whole(run.Logits(0), image, read);
    }

    /// <summary>Reads what a network gives for an image, without the bars that it lies between.</summary>
    private static T Whole<T>(LogitsView logits, NetworkImage image, Func<LogitsView, T> read)
    {
        if (image.Inside is not { } inside)
        {
            return read(logits);
        }
        Letterbox part = inside.Scaled(image.Pixels.Width, image.Pixels.Height, logits.Width, logits.Height);
        using RentedLogits own = RentedLogits.Part(logits, part);
        return read(new LogitsView(own.Values, logits.Classes, part.Height, part.Width, logits.AreProbabilities));
    }

    private SegmentationMask Finish(SegmentationMask mask)
    {
        SmallComponents.Absorb(mask, _options.MinComponentArea, _options.Connectivity);
        return mask;
    }

    // Masks and probabilities are arrays. Better said now than after minutes of scoring, and than by an overflow.
    private void CheckSize(string name, int width, int height, ScoringOutputs wanted)
    {
        long pixels = (long)width * height;
        if (pixels > Array.MaxLength)
        {
            throw new ImageFormatException(name, $"is {width}x{height}, {pixels.Of("pixel")}, and a mask has at most {Array.MaxLength}", "cut it into parts");
        }
        if (wanted.HasFlag(ScoringOutputs.Scores) && pixels * Info.Classes.Count is > 0 and var numbers && numbers > Array.MaxLength)
        {
            throw new ImageFormatException(name,
                $"is {width}x{height}: the probabilities of {Info.Classes.Count.Of("class")} are {numbers} numbers, above the limit of {Array.MaxLength}",
                "ask for the mask alone, or cut the image into parts");
        }
    }
}

/// <summary>What is made of an image's logits.</summary>
[Flags]
internal enum ScoringOutputs
{
    Mask = 1,
    Scores = 2,
}

/// <summary>What was made of an image's logits, in rented memory that is the taker's.</summary>
/// <param name="Mask">The mask; null: not asked for.</param>
/// <param name="Scores">The probabilities; null: not asked for.</param>
internal readonly record struct ScoredImage(SegmentationMask? Mask, SegmentationScores? Scores);
