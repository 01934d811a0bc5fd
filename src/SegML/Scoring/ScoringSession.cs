using Microsoft.ML.OnnxRuntime;

namespace SegML.Scoring;

/// <summary>A model opened for scoring, with the buffers of its calls. Thread-safe.</summary>
internal sealed class ScoringSession : IDisposable
{
    // Inputs of more pixels than this give their memory back at once.
    private const long LargeRun = 4L << 20;

    private readonly string _name;
    private readonly bool _allowNonFinite;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions;
    private readonly ScoringBufferPool _buffers = new();
    private volatile bool _disposed;

    /// <param name="model">The ONNX file's content.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Device and threads.</param>
    /// <param name="isExtended">Whether it takes means beside the image; see <see cref="Tiles.GlobalMeans"/>.</param>
    /// <exception cref="ModelFormatException">The model is damaged or not SegML's.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public ScoringSession(byte[] model, string name, SegmenterOptions options, bool isExtended = false)
    {
        _name = name;
        _allowNonFinite = options.AllowNonFinite;
        (_session, Device, Fallback) = Boundary.Model.Cross(name, () => SessionFactory.Open(model, name, options));
        _runOptions = new RunOptions();
        try
        {
            Info = Boundary.Model.Cross(name, () => ReadInfo(isExtended));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private ModelInfo ReadInfo(bool isExtended)
    {
        ModelInfo info = ModelInfo.FromMetadata(_session.ModelMetadata.CustomMetadataMap, _name);
        if (info.SelfContained is not null)
        {
            throw new ModelFormatException(_name, "has its pre- and post-processing inside, for apps without SegML",
                "give the model that it was made from, or run this one through ONNX Runtime or ML.NET's ApplyOnnxModel");
        }
        if (info.Classes.Count == 1)
        {
            throw new ModelFormatException(_name, $"has one class, \"{info.Classes.Names[0]}\", which every pixel would be",
                "train with a second class for the rest, such as background; a sigmoid's single channel cannot be scored yet");
        }
        if (!isExtended)
        {
            SessionFactory.CheckTensors(_session, info.Input.ChannelCount, info.Classes.Count, _name);
        }
        return info;
    }

    public ModelInfo Info { get; }

    public ComputeDevice Device { get; }

    /// <inheritdoc cref="Segmenter.Fallback"/>
    public string? Fallback { get; }

    /// <summary>Buffers that are kept for the next calls.</summary>
    public int IdleBuffers => _buffers.Idle;

    /// <summary>Runs the network.</summary>
    /// <param name="images">Images of one network size.</param>
    /// <returns>Their logits; dispose it when they are read.</returns>
    /// <exception cref="ModelFormatException">The model fails on the size, or gives logits of another shape than it says.</exception>
    public ScoringRun Run(params ReadOnlySpan<NetworkImage> images) => Run(images, null);

    /// <summary>Runs a network that takes means beside the image.</summary>
    /// <inheritdoc cref="Run(ReadOnlySpan{NetworkImage})"/>
    public ScoringRun Run(ReadOnlySpan<NetworkImage> images, Tiles.ContextTensors? context)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(Segmenter));
        ScoringBuffers buffers = _buffers.Rent(images.Length, Info.Input.ChannelCount, images[0].Pixels.Width, images[0].Pixels.Height);
        try
        {
            for (int i = 0; i < images.Length; i++)
            {
                images[i].Fill(Info.Input, buffers.Input(i));
            }
            Run(buffers, context);
            return new ScoringRun(_buffers, buffers, Info.GivesProbabilities);
        }
        catch
        {
            _buffers.Return(buffers);
            throw;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _buffers.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    /// <summary>Runs a network in a way that this thread's <see cref="ScoringCall"/> can stop.</summary>
    /// <param name="name">What errors call the model.</param>
    /// <param name="plain">The options of runs that nothing stops.</param>
    /// <param name="pixels">How many go in.</param>
    /// <param name="run">Runs it.</param>
    internal static T Stoppable<T>(string name, RunOptions plain, long pixels, Func<RunOptions, T> run)
    {
        ScoringCall? call = ScoringCall.Current;
        if (call?.Token.CanBeCanceled != true && pixels <= LargeRun)
        {
            return run(plain);
        }
        call?.ThrowIfStopped(name);
        using var options = new RunOptions();
        if (pixels > LargeRun)
        {
            // ONNX Runtime would keep for the session's life what its largest run took.
            options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        }
        using CancellationTokenRegistration stop = call?.Token.UnsafeRegister(static o => ((RunOptions)o!).Terminate = true, options) ?? default;
        try
        {
            return run(options);
        }
        catch (SegMLException) when (call?.Token.IsCancellationRequested == true)
        {
            call.ThrowIfStopped(name);
            throw;
        }
    }

    private void Run(ScoringBuffers buffers, Tiles.ContextTensors? context)
    {
        double start = RunProbe.Clock?.Invoke() ?? 0;
        try
        {
            Stoppable(_name, _runOptions, buffers.Width * (long)buffers.Height * buffers.Images, options => Boundary.Model.Cross(_name, () =>
            {
                buffers.Run(_session, options, context);
                return true;
            }));
        }
        catch (ModelFormatException m) when (m.InnerException is OnnxRuntimeException e)
        {
            throw new ModelFormatException(_name,
                $"fails on an input of [{buffers.Images}, {Info.Input.ChannelCount}, {buffers.Height}, {buffers.Width}] ({SessionFactory.Reason(e)})",
                "export it with dynamic batch, height and width", e);
        }
        RunProbe.Spent += RunProbe.Clock?.Invoke() - start ?? 0;
        ReadOnlySpan<long> shape = buffers.LogitsShape;
        if (shape is not [var images, var classes, > 0 and <= int.MaxValue, > 0 and <= int.MaxValue]
            || images != buffers.Images || classes != Info.Classes.Count || shape[2] * shape[3] > Array.MaxLength / (images * classes))
        {
            throw new ModelFormatException(_name,
                $"gives logits of [{string.Join(", ", shape.ToArray())}] for an image of {buffers.Width}x{buffers.Height}, not of [{buffers.Images}, {Info.Classes.Count}, H, W]",
                "export it again");
        }
        if (FiniteLogits.Fault(buffers.AllLogits) is { } fault)
        {
            if (!_allowNonFinite)
            {
                throw new ModelFormatException(_name, $"gives logits that are not numbers ({fault})",
                    "export it as fp32 if it is fp16, or train again; to score all the same, set AllowNonFinite (--allow-nan)");
            }
            FiniteLogits.Clamp(buffers.AllLogits);
        }
    }
}

/// <summary>The logits of one run. Disposing it lets the next call have the buffers.</summary>
internal readonly struct ScoringRun(ScoringBufferPool pool, ScoringBuffers buffers, bool areProbabilities) : IDisposable
{
    /// <summary>The logits of an image of the batch; good until <see cref="Dispose"/>.</summary>
    public LogitsView Logits(int image) => buffers.Logits(image, areProbabilities);

    public void Dispose() => pool.Return(buffers);
}
