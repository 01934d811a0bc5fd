using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Onnx.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

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
    /// <param name="folder">Where its weights are when they are not in it: they are mapped into memory, and not copied.</param>
    public OnnxRun(byte[] model, GraphOptimizationLevel level, string? folder = null) : this(level, o =>
    {
        if (folder is not null)
        {
            o.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
            o.AddSessionConfigEntry("session.disable_prepacking", "1"); // Else they are copied into the order that kernels like.
        }
        return new InferenceSession(model, o);
    })
    {
    }

    private OnnxRun(GraphOptimizationLevel level, Func<SessionOptions, InferenceSession> open)
    {
        // Without an arena, what a run has used is free again after it. What fails is thrown, and need not be logged as well.
        _options = new SessionOptions { GraphOptimizationLevel = level, EnableCpuMemArena = false, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
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
            return [.. outputs.Select(MoveToTorch)];
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

    private static Tensor MoveToTorch(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Tensor copy = empty(info.Shape, info.ElementDataType switch
        {
            TensorElementType.Float => ScalarType.Float32,
            TensorElementType.Int64 => ScalarType.Int64,
            TensorElementType.Int32 => ScalarType.Int32,
            TensorElementType.Bool => ScalarType.Bool,
            TensorElementType.UInt8 => ScalarType.Byte,
            var other => throw new NotSupportedException($"The model returns {other}."),
        });
        value.GetTensorMutableRawData().CopyTo(copy.bytes);
        value.Dispose(); // Large outputs are not held twice.
        return copy;
    }
}
