using Microsoft.ML.OnnxRuntime;
using SegML.Onnx.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Verification;

/// <summary>A model in ONNX Runtime on the CPU, run on TorchSharp's tensors.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly SessionOptions _options;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = OnnxRuntimeLibrary.New<RunOptions>();

    public OnnxRun(string path, GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL) : this(level, o => new InferenceSession(path, o))
    {
    }

    /// <summary>Opens a model that is not in a file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="level">The optimisations.</param>
    /// <param name="folder">Where its weights are when they are not in it.</param>
    public OnnxRun(byte[] model, GraphOptimizationLevel level, string? folder = null) : this(level, o =>
    {
        if (folder is not null)
        {
            o.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
        }
        return new InferenceSession(model, o);
    })
    {
    }

    private OnnxRun(GraphOptimizationLevel level, Func<SessionOptions, InferenceSession> open)
    {
        _options = new SessionOptions { GraphOptimizationLevel = level, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        // Waiting threads that spin take the cores from TorchSharp's.
        _options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        // Weights beside the arena, whose blocks are powers of two: a large model takes less memory.
        _options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        try
        {
            _session = open(_options);
        }
        catch
        {
            _options.Dispose();
            _run.Dispose();
            throw;
        }
    }

    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>Runs the model.</summary>
    /// <returns>One tensor for each output; they belong to the caller.</returns>
    public Tensor[] Run(IReadOnlyList<Tensor> inputs)
    {
        OrtValue[] values = [.. inputs.Select(ToOrt)];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, _session.InputNames, values, _session.OutputNames);
            return [.. outputs.Select(ToTorch)];
        }
        finally
        {
            Array.ForEach(values, v => v.Dispose());
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
        _run.Dispose();
    }

    /// <summary>The error for a model that ONNX Runtime cannot open or run.</summary>
    public static OnnxExportException Refused(string subject, OnnxRuntimeException e) => new(
        subject, $"is refused by ONNX Runtime ({e.Message.TrimEnd('.')})", "give a model that it runs; no file was written", e);

    /// <summary>A copy of a tensor.</summary>
    public static OrtValue ToOrt(Tensor tensor)
    {
        using Tensor dense = tensor.detach().contiguous();
        return tensor.dtype switch
        {
            ScalarType.Float32 => OrtValue.CreateTensorValueFromMemory(dense.data<float>().ToArray(), tensor.shape),
            ScalarType.Int64 => OrtValue.CreateTensorValueFromMemory(dense.data<long>().ToArray(), tensor.shape),
            ScalarType.Int32 => OrtValue.CreateTensorValueFromMemory(dense.data<int>().ToArray(), tensor.shape),
            ScalarType.Bool => OrtValue.CreateTensorValueFromMemory(dense.data<bool>().ToArray(), tensor.shape),
            ScalarType.Byte => OrtValue.CreateTensorValueFromMemory(dense.data<byte>().ToArray(), tensor.shape),
            _ => throw new OnnxExportException("the example input", $"is {tensor.dtype}", "give float32, int64, int32, uint8 or bool"),
        };
    }

    private static Tensor ToTorch(OrtValue value)
    {
        long[] shape = value.GetTensorTypeAndShape().Shape;
        return value.GetTensorTypeAndShape().ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => tensor(value.GetTensorDataAsSpan<float>().ToArray(), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => tensor(value.GetTensorDataAsSpan<long>().ToArray(), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => tensor(value.GetTensorDataAsSpan<int>().ToArray(), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => tensor(value.GetTensorDataAsSpan<bool>().ToArray(), shape),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8 => tensor(value.GetTensorDataAsSpan<byte>().ToArray(), shape),
            var other => throw new NotSupportedException($"The model returns {other}."),
        };
    }
}
