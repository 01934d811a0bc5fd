using Microsoft.ML.OnnxRuntime;

namespace SegML.Scoring;

/// <summary>
/// ONNX Runtime's execution providers for <see cref="SegmenterOptions.ConfigureSession"/>: each adds one to a session, or says which package the app
/// lacks. The app references one package of ONNX Runtime's natives, in place of Microsoft.ML.OnnxRuntime.
/// </summary>
public static class ExecutionProviders
{
    private static readonly (string Name, string Id, string Package)[] Known =
    [
        ("CUDA", "CUDAExecutionProvider", "reference Microsoft.ML.OnnxRuntime.Gpu in place of Microsoft.ML.OnnxRuntime"),
        ("TensorRT", "TensorrtExecutionProvider", "reference Microsoft.ML.OnnxRuntime.Gpu in place of Microsoft.ML.OnnxRuntime, and install TensorRT"),
        ("DirectML", "DmlExecutionProvider", "on Windows reference Microsoft.ML.OnnxRuntime.DirectML in place of Microsoft.ML.OnnxRuntime"),
        ("OpenVINO", "OpenVINOExecutionProvider", "reference Intel.ML.OnnxRuntime.OpenVino in place of Microsoft.ML.OnnxRuntime"),
        ("CoreML", "CoreMLExecutionProvider", "it is in Microsoft.ML.OnnxRuntime on macOS and iOS alone"),
        ("XNNPACK", "XnnpackExecutionProvider", "it is in Microsoft.ML.OnnxRuntime on Android and iOS alone"),
        ("QNN", "QNNExecutionProvider", "on Windows on Arm reference Microsoft.ML.OnnxRuntime.QNN in place of Microsoft.ML.OnnxRuntime"),
        ("CPU", "CPUExecutionProvider", ""),
    ];

    /// <summary>The names of the providers that this app's build of ONNX Runtime has, best first: CUDA, CPU. What a machine can do is shown when a model opens.</summary>
    /// <exception cref="NativeLibraryException">The app lacks ONNX Runtime's native library.</exception>
    public static IReadOnlyList<string> Available => [.. Ids().Select(id => Known.FirstOrDefault(k => k.Id == id).Name ?? id)];

    /// <summary>The providers that SegML knows, and what an app without one must do to have it; empty: nothing.</summary>
    public static IReadOnlyDictionary<string, string> All => Known.ToDictionary(k => k.Name, k => Ids().Contains(k.Id) ? "" : k.Package);

    /// <summary>NVIDIA's CUDA.</summary>
    /// <param name="deviceId">The device, counted from 0.</param>
    public static Action<SessionOptions> Cuda(int deviceId = 0) => Checked("CUDA", o => o.AppendExecutionProvider_CUDA(deviceId));

    /// <summary>NVIDIA's TensorRT. It compiles a model when it is first opened, which takes minutes.</summary>
    /// <inheritdoc cref="Cuda"/>
    public static Action<SessionOptions> TensorRT(int deviceId = 0) => Checked("TensorRT", o => o.AppendExecutionProvider_Tensorrt(deviceId));

    /// <summary>DirectML, for any GPU on Windows.</summary>
    /// <inheritdoc cref="Cuda"/>
    public static Action<SessionOptions> DirectML(int deviceId = 0) => Checked("DirectML", o =>
    {
        // DirectML's own conditions.
        o.EnableMemoryPattern = false;
        o.ExecutionMode = ExecutionMode.ORT_SEQUENTIAL;
        o.AppendExecutionProvider_DML(deviceId);
    });

    /// <summary>Intel's OpenVINO.</summary>
    /// <param name="device">CPU, GPU or NPU.</param>
    public static Action<SessionOptions> OpenVINO(string device = "CPU") => Checked("OpenVINO", o => o.AppendExecutionProvider_OpenVINO(device));

    /// <summary>Apple's Core ML.</summary>
    public static Action<SessionOptions> CoreML() => Checked("CoreML", o => o.AppendExecutionProvider_CoreML());

    /// <summary>XNNPACK, for CPUs of phones.</summary>
    /// <param name="threads">Its threads; at least 1.</param>
    public static Action<SessionOptions> Xnnpack(int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Checked("XNNPACK", o => o.AppendExecutionProvider("XNNPACK", new Dictionary<string, string> { ["intra_op_num_threads"] = $"{threads}" }));
    }

    /// <summary>Qualcomm's QNN.</summary>
    /// <param name="backend">The backend's library: QnnHtp.dll for the NPU, QnnCpu.dll.</param>
    public static Action<SessionOptions> Qnn(string backend = "QnnHtp.dll") =>
        Checked("QNN", o => o.AppendExecutionProvider("QNN", new Dictionary<string, string> { ["backend_path"] = backend }));

    private static string[] Ids() => OnnxRuntimeLibrary.Environment.GetAvailableProviders();

    private static Action<SessionOptions> Checked(string name, Action<SessionOptions> append) => session =>
    {
        (_, string id, string package) = Known.First(k => k.Name == name);
        if (!Ids().Contains(id))
        {
            throw new DeviceException($"the execution provider {name}", $"is not in this build of ONNX Runtime, which has {string.Join(", ", Available)}", package);
        }
        append(session);
    };
}
