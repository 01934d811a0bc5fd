using System.Collections.Concurrent;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using SegML.Images;
using SegML.Masks;

namespace SegML.Scoring;

/// <summary>
/// Scores images with an exported model: any image size in, a mask of the same size out. Thread-safe; one instance an
/// application. Dispose it when no call is under way any more.
/// </summary>
public sealed class Segmenter : IDisposable
{
    internal const string InputName = "image";
    internal const string OutputName = "logits";

    private readonly string _name;
    private readonly byte[] _model;
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ConcurrentBag<ScoringBuffers> _buffers = [];
    private volatile bool _disposed;

    private Segmenter(byte[] model, string name, SegmenterOptions options)
    {
        _name = name;
        _model = model;
        (_session, Device) = SessionFactory.Open(model, name, options);
        try
        {
            Info = ModelInfo.FromMetadata(_session.ModelMetadata.CustomMetadataMap, name);
            if (Info.SelfContained is not null)
            {
                throw new ModelFormatException(name, "has its pre- and post-processing inside, for apps without SegML",
                    "give the model that it was made from, or run this one through ONNX Runtime or ML.NET's ApplyOnnxModel");
            }
            SessionFactory.CheckTensors(_session, Info.Classes.Count, name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the model says of itself: classes, input, provenance.</summary>
    public ModelInfo Info { get; }

    /// <summary>Where it computes: <see cref="ComputeDevice.Cpu"/> or <see cref="ComputeDevice.Cuda"/>.</summary>
    public ComputeDevice Device { get; }

    /// <summary>The ONNX file's content, for saving it inside something else.</summary>
    public ReadOnlyMemory<byte> Model => _model;

    /// <summary>Loads a model that SegML exported.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Device and threads; null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, empty, truncated, not ONNX, not SegML's, or too new.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    public static Segmenter Load(string path, SegmenterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(ReadFile(path), path, options);
    }

    /// <summary>Loads a model from memory.</summary>
    /// <param name="model">The ONNX file's content; kept, not copied.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">Device and threads; null: the defaults.</param>
    /// <inheritdoc cref="Load(string, SegmenterOptions?)" path="/exception"/>
    public static Segmenter Load(byte[] model, string name, SegmenterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new SegmenterOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Threads, nameof(options));
        return new Segmenter(model, name, options);
    }

    /// <summary>Scores an image file.</summary>
    /// <returns>A mask of the image's size, EXIF orientation applied.</returns>
    /// <exception cref="ImageFormatException">The file is not an image that can be read.</exception>
    public SegmentationMask Predict(string path)
    {
        using RgbaImage image = ImageFile.Read(path);
        return Predict(image);
    }

    /// <summary>Scores an image.</summary>
    /// <returns>A mask of the image's size.</returns>
    /// <exception cref="ModelFormatException">The model fails on the image's size, or gives logits of another shape than it says.</exception>
    public SegmentationMask Predict(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(_disposed, this);
        (int width, int height) = Info.Input.SizeFor(image.Width, image.Height);
        ScoringBuffers buffers = Rent(width, height);
        try
        {
            RgbaImage sized = image;
            if (image.Width != width || image.Height != height)
            {
                sized = buffers.Resized;
                ImageResizer.Resize(image, sized);
            }
            InputTensor.Fill(sized, Info.Input, buffers.Input);
            Run(buffers);
            (int classes, int logitsHeight, int logitsWidth) = buffers.LogitsSize;
            byte[] ids = GC.AllocateUninitializedArray<byte>(image.Width * image.Height);
            Logits.ArgMax(buffers.Logits, classes, logitsHeight, logitsWidth, ids, image.Height, image.Width);
            return new SegmentationMask(image.Width, image.Height, ids, Info.Classes);
        }
        finally
        {
            Return(buffers);
        }
    }

    /// <summary>Scores an ML.NET image, which is neither changed nor disposed.</summary>
    /// <returns>A mask of the image's size.</returns>
    /// <inheritdoc cref="Predict(RgbaImage)" path="/exception"/>
    public SegmentationMask Predict(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using RgbaImage copy = MLImagePixels.ToRgba(image);
        return Predict(copy);
    }

    /// <summary>Frees the session and the buffers.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_buffers.TryTake(out ScoringBuffers? buffers))
        {
            buffers.Dispose();
        }
        _runOptions.Dispose();
        _session.Dispose();
    }

    private void Run(ScoringBuffers buffers)
    {
        double start = RunProbe.Clock?.Invoke() ?? 0;
        try
        {
            buffers.Run(_session, _runOptions);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFormatException(_name, $"fails on an input of {buffers.Width}x{buffers.Height} ({SessionFactory.Reason(e)})",
                "export it with dynamic height and width", e);
        }
        RunProbe.Spent += RunProbe.Clock?.Invoke() - start ?? 0;
        if (buffers.LogitsSize.Classes != Info.Classes.Count)
        {
            throw new ModelFormatException(_name, $"gives {buffers.LogitsSize.Classes} channels for {Info.Classes.Count} classes", "export it again");
        }
    }

    private ScoringBuffers Rent(int width, int height)
    {
        if (_buffers.TryTake(out ScoringBuffers? buffers))
        {
            if (buffers.Width == width && buffers.Height == height)
            {
                return buffers;
            }
            buffers.Dispose();
        }
        return new ScoringBuffers(width, height);
    }

    private void Return(ScoringBuffers buffers)
    {
        if (_disposed)
        {
            buffers.Dispose();
        }
        else
        {
            _buffers.Add(buffers);
        }
    }

    internal static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException(path, "does not exist", "check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(path, $"cannot be read ({e.Message.TrimEnd('.')})", "check the path and its permissions", e);
        }
    }
}
