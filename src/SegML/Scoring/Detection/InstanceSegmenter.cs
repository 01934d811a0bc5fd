using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Images;
using SegML.Instances;
using SegML.Masks;
using SegML.Pipelines;
using SegML.Scoring.Adoption;
using SegML.Scoring.Adoption.Presets;

namespace SegML.Scoring.Detection;

/// <summary>
/// Finds single objects with a YOLO segmentation model of Ultralytics (v8, v9, v11, v12, and end-to-end heads), exported to ONNX without its own
/// suppression: class, score, box and mask of each, where a semantic model knows classes alone. Thread-safe.
/// </summary>
public sealed class InstanceSegmenter : IDisposable
{
    private const int Box = 4;

    private readonly string _name;
    private readonly DetectionOptions _options;
    private readonly SegmenterOptions _scoring;
    private readonly InferenceSession _session;
    private readonly RunOptions _plain = new();
    private readonly Lifetime _lifetime;
    private readonly InputOptions _input;
    private readonly string _inputName, _boxes, _prototypes;

    private InstanceSegmenter(byte[] model, string name, DetectionOptions options)
    {
        (_name, _options, _scoring) = (name, options, options.Session ?? new SegmenterOptions());
        ForeignGraph graph = ForeignGraph.Read(model, name);
        (ForeignTensor image, ForeignTensor boxes, ForeignTensor prototypes) = graph switch
        {
            { Inputs: [{ Type: ForeignTensor.Float, Sizes: [_, 3 or null, _, _] } i], Outputs: [{ Sizes: [_, _, _] } b, { Sizes: [_, _, _, _] } p, ..] } => (i, b, p),
            _ => throw new ModelFormatException(name, $"takes {string.Join(", ", graph.Inputs)} and gives {string.Join(", ", graph.Outputs)}",
                "give a YOLO segmentation model: float images in, boxes [1, 4 + classes + 32, N] and prototypes [1, 32, H, W] out"),
        };
        string names = graph.Property("names")
            ?? throw new ModelFormatException(name, "has no class names in its metadata, which Ultralytics writes", "export it with Ultralytics' own export");
        (_inputName, _boxes, _prototypes) = (image.Name, boxes.Name, prototypes.Name);
        Classes = ClassSet.Of(Ultralytics.Names(names));
        const int usual = 640;
        _input = new InputOptions
        {
            Width = (int)(image.Sizes![3] ?? usual),
            Height = (int)(image.Sizes[2] ?? usual),
            Fit = InputFit.Letterbox,
            Filter = ResizeFilter.Linear,
            Mean = [0, 0, 0],
            Std = [1, 1, 1],
        };
        _session = Boundary.Model.Cross(name, () => SessionFactory.Open(model, name, _scoring).Session);
        _lifetime = new Lifetime(nameof(InstanceSegmenter), Free);
    }

    /// <summary>The classes that it was trained on.</summary>
    public ClassSet Classes { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">Which objects count; null: the defaults.</param>
    /// <exception cref="ModelFormatException">The file is missing, is no model, or is none of a YOLO segmentation model.</exception>
    /// <exception cref="DeviceException">The device that was asked for cannot be had.</exception>
    public static InstanceSegmenter Load(string path, DetectionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new DetectionOptions();
        options.Validate();
        return new InstanceSegmenter(SessionFactory.ReadFile(path), path, options);
    }

    /// <summary>The objects of an image file, best first.</summary>
    /// <param name="path">A JPEG, PNG, WebP, BMP or GIF; EXIF orientation is applied.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ImageFormatException">The file is not an image that can be read.</exception>
    /// <exception cref="ModelFormatException">The model fails, or gives tensors of other shapes than it says.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed. A call that is under way ends as usual.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ScoringTimeoutException">It took longer than <see cref="SegmenterOptions.TimeLimit"/>.</exception>
    public IReadOnlyList<SegmentationInstance> Instances(string path, CancellationToken cancellation = default) =>
        Instances(() => NetworkImage.Read(path, _input, new ImageReadOptions { MaxPixels = _scoring.MaxPixels, LeastDecoded = _scoring.LeastDecoded }), cancellation);

    /// <summary>The objects of an image, best first.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <inheritdoc cref="Instances(string, CancellationToken)"/>
    public IReadOnlyList<SegmentationInstance> Instances(RasterImage image, CancellationToken cancellation = default) =>
        Instances(() => NetworkImage.Of(image, _input), cancellation);

    /// <summary>Frees the session; calls that are under way end first.</summary>
    public void Dispose() => _lifetime.End();

    private void Free()
    {
        _session.Dispose();
        _plain.Dispose();
    }

    private List<SegmentationInstance> Instances(Func<NetworkImage> prepare, CancellationToken cancellation)
    {
        using Lifetime.Use use = _lifetime.Enter();
        using var call = ScoringCall.Begin(cancellation, _scoring.TimeLimit);
        using NetworkImage image = prepare();
        return Instances(image);
    }

    private List<SegmentationInstance> Instances(NetworkImage image)
    {
        (int width, int height) = (image.Pixels.Width, image.Pixels.Height);
        float[] values = new float[3 * width * height];
        image.Fill(_input, values);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, [1, 3, height, width]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = ScoringSession.Stoppable(_name, _plain, width * (long)height,
            run => Boundary.Model.Cross(_name, () => _session.Run(run, [_inputName], [input], [_boxes, _prototypes])));
        long[] boxes = outputs[0].GetTensorTypeAndShape().Shape, prototypes = outputs[1].GetTensorTypeAndShape().Shape;
        Letterbox inside = image.Inside ?? new Letterbox(0, 0, width, height);
        var mask = new InstanceMask(outputs[1].GetTensorDataAsSpan<float>(), (int)prototypes[3], (int)prototypes[2]);
        var instances = new List<SegmentationInstance>();
        foreach (Detection detection in Read(outputs[0].GetTensorDataAsSpan<float>(), boxes, (int)prototypes[1]))
        {
            List<SegmentationInstance.Run> runs = mask.Runs(detection, inside, (width, height), (image.Width, image.Height));
            if (runs.Count > 0)
            {
                instances.Add(new SegmentationInstance(Classes, detection.ClassId, [.. runs]) { Score = detection.Score });
            }
        }
        return instances;
    }

    private List<Detection> Read(ReadOnlySpan<float> values, long[] shape, int coefficients)
    {
        if (shape is [1, var rows, var anchors] && rows == Box + Classes.Count + coefficients)
        {
            return Detections.Anchored(values, (int)anchors, Classes.Count, coefficients, _options);
        }
        return shape is [1, var objects, var length] && length == Box + 2 + coefficients
            ? Detections.Chosen(values, (int)objects, Classes.Count, coefficients, _options)
            : throw new ModelFormatException(_name, $"gives boxes of [{string.Join(", ", shape)}] with {Classes.Count.Of("class")} and {coefficients} prototypes",
                $"give a model whose boxes are [1, {Box + Classes.Count + coefficients}, N] or [1, N, {Box + 2 + coefficients}]");
    }
}
