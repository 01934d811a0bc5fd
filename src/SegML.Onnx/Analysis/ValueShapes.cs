using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Graphs;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Analysis;

/// <summary>The shape of every value of a graph at one input size, as ONNX Runtime computes it.</summary>
internal sealed class ValueShapes
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60); // A model of unknown origin may never end.

    private const long MaxInputBytes = 1L << 30, UsualSize = 224;

    private readonly Dictionary<string, (long[] Shape, int Bytes)> _values = [];

    /// <summary>Whether the model was run; otherwise the shapes of its constants alone are known.</summary>
    public bool IsMeasured { get; private set; }

    /// <summary>The value's shape; empty when it is unknown or has none.</summary>
    public long[] Of(string value) => _values.TryGetValue(value, out (long[] Shape, int) known) ? known.Shape : [];

    /// <summary>The value's size in bytes; 0 when it is unknown.</summary>
    public long Bytes(string value) => _values.TryGetValue(value, out (long[] Shape, int Bytes) known) ? Count(known.Shape) * known.Bytes : 0;

    public static long Count(IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Runs a model on zeros with every value as an output. Without optimisation, for fused nodes have no values between them.</summary>
    public static ValueShapes Measure(ModelProto model, string path, IReadOnlyDictionary<string, long> sizes)
    {
        ValueShapes shapes = OfConstants(model);
        shapes.IsMeasured = true;
        try
        {
            shapes.Run(GraphValues.WithOutputs(model, GraphValues.Computed(model.Graph)), path, sizes);
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxExportException(path, $"cannot be run by ONNX Runtime ({e.Message.TrimEnd('.')})", "give sizes that the model accepts", e);
        }
        return shapes;
    }

    /// <summary>The shapes of the constants alone, without running the model.</summary>
    public static ValueShapes OfConstants(ModelProto model)
    {
        var shapes = new ValueShapes();
        foreach (TensorProto constant in model.Graph.Initializer)
        {
            shapes._values[constant.Name] = ([.. constant.Dims], 0);
        }
        return shapes;
    }

    private void Run(byte[] model, string path, IReadOnlyDictionary<string, long> sizes)
    {
        using var run = OnnxRuntimeLibrary.New<RunOptions>();
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var session = new InferenceSession(model, options);
        List<OrtValue> inputs = [];
        try
        {
            foreach (string name in session.InputNames)
            {
                OrtValue zeros = Zeros(name, session.InputMetadata[name], path, sizes);
                inputs.Add(zeros);
                Remember(name, zeros);
            }
            using var clock = new Timer(o => ((RunOptions)o!).Terminate = true, run, _longest, Timeout.InfiniteTimeSpan);
            using IDisposableReadOnlyCollection<OrtValue> values = session.Run(run, session.InputNames, inputs, session.OutputNames);
            foreach ((string name, OrtValue value) in session.OutputNames.Zip(values))
            {
                Remember(name, value);
            }
        }
        finally
        {
            inputs.ForEach(i => i.Dispose());
        }
    }

    private static OrtValue Zeros(string name, NodeMetadata metadata, string path, IReadOnlyDictionary<string, long> sizes)
    {
        long[] shape = [.. metadata.Dimensions.Select((d, i) => d > 0 ? d
            : sizes.TryGetValue(metadata.SymbolicDimensions[i], out long given) ? given : i == 0 ? 1 : UsualSize)];
        double bytes = shape.Aggregate(8.0, (a, b) => a * b);
        if (bytes > MaxInputBytes)
        {
            throw new OnnxExportException(path, $"has the input {name} of [{string.Join(", ", shape)}], {bytes / (1 << 30):0} GB", "give smaller sizes");
        }
        OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, metadata.ElementDataType, shape);
        value.GetTensorMutableRawData().Clear();
        return value;
    }

    private void Remember(string name, OrtValue value)
    {
        if (!value.IsTensor)
        {
            return;
        }
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        int bytes = info.ElementDataType switch
        {
            TensorElementType.Double or TensorElementType.Int64 or TensorElementType.UInt64 => 8,
            TensorElementType.Float16 or TensorElementType.BFloat16 or TensorElementType.Int16 or TensorElementType.UInt16 => 2,
            TensorElementType.Bool or TensorElementType.Int8 or TensorElementType.UInt8 => 1,
            _ => 4,
        };
        _values[name] = (info.Shape, bytes);
    }
}
