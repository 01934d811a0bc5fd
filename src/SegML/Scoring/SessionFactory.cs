using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SegML.Files;
using SegML.Images;

namespace SegML.Scoring;

/// <summary>Opens ONNX Runtime sessions and refuses models that are not SegML's.</summary>
internal static class SessionFactory
{
    /// <summary>Reads a model's file.</summary>
    /// <exception cref="ModelFormatException">It is missing or cannot be read.</exception>
    public static byte[] ReadFile(string path)
    {
        EncodedFile.RefuseDevice(path, Fault);
        return UnreadableFile.Reading(path, Fault, () => File.ReadAllBytes(path));

        static SegMLException Fault(string subject, string fault, string fix, Exception? inner) => new ModelFormatException(subject, fault, fix, inner);
    }

    /// <summary>Compares a model with its checksum.</summary>
    /// <returns>Whether it has one.</returns>
    /// <exception cref="ModelFormatException">The two differ.</exception>
    public static bool CheckSeal(byte[] model, string name)
    {
        ModelSeal.State state = ModelSeal.Check(model);
        return state != ModelSeal.State.Damaged
            ? state == ModelSeal.State.Intact
            : throw new ModelFormatException(name, "is not as it was written (its checksum differs)",
                $"copy or export it again; if it was changed on purpose, remove {ModelSeal.Key} from its metadata");
    }

    /// <summary>Opens a session.</summary>
    /// <param name="model">The ONNX file's content.</param>
    /// <param name="name">What to call the model in errors.</param>
    /// <param name="options">Device and threads.</param>
    /// <returns>
    /// The session, the device that it computes on, never <see cref="ComputeDevice.Auto"/>, and why that is the CPU in a build that can do CUDA; null: it
    /// is not, or was asked for.
    /// </returns>
    /// <exception cref="ModelFormatException">ONNX Runtime does not take the model.</exception>
    /// <exception cref="DeviceException">CUDA was asked for and cannot be had.</exception>
    /// <exception cref="NativeLibraryException">The app lacks ONNX Runtime's native library.</exception>
    public static (InferenceSession Session, ComputeDevice Device, string? Fallback) Open(byte[] model, string name, SegmenterOptions options)
    {
        if (model.Length == 0)
        {
            throw new ModelFormatException(name, "is empty", "export it again");
        }
        OnnxConstants.Check(model, name);
        bool isOwn = options.ConfigureSession is not null || options.CreateSession is not null;
        bool cuda = OnnxRuntimeLibrary.KnowsCuda && options.Device != ComputeDevice.Cpu && (!isOwn || options.Device == ComputeDevice.Cuda);
        if (options.Device == ComputeDevice.Cuda && !cuda)
        {
            throw new DeviceException("device cuda", "is not in this build of ONNX Runtime",
                "reference Microsoft.ML.OnnxRuntime.Gpu (build with -p:SegMLDevice=cuda) or choose cpu");
        }
        string? fallback = null;
        if (cuda)
        {
            try
            {
                return (OnnxRuntimeLibrary.Silently(() => Create(model, options, cuda: true)), ComputeDevice.Cuda, null);
            }
            catch (OnnxRuntimeException e)
            {
                string reason = OnnxRuntimeLibrary.WhyNotCuda(e);
                if (options.Device == ComputeDevice.Cuda)
                {
                    throw new DeviceException("device cuda", $"cannot be used ({reason})", "install the driver, CUDA and cuDNN that ONNX Runtime asks for, or choose cpu", e);
                }
                // The build can do CUDA but the machine cannot; a model that is at fault fails again below.
                fallback = $"scored on the CPU: CUDA cannot be used here ({reason})";
            }
        }
        try
        {
            return (Create(model, options, cuda: false), ComputeDevice.Cpu, fallback);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFormatException(name, $"is truncated, damaged or not an ONNX model ({Reason(e)})", "export it again", e);
        }
    }

    /// <summary>Checks that a model's tensors are those of a segmentation model with these numbers of input channels and classes.</summary>
    /// <exception cref="ModelFormatException">They are not.</exception>
    public static void CheckTensors(InferenceSession session, int channels, int classes, string name)
    {
        Check(session.InputMetadata, Segmenter.InputName, channels, "input");
        Check(session.OutputMetadata, Segmenter.OutputName, classes, "output");

        void Check(IReadOnlyDictionary<string, NodeMetadata> tensors, string tensor, int depth, string role)
        {
            string expected = $"needs one {role} \"{tensor}\", float [N, {depth}, H, W]";
            if (tensors.Count != 1 || !tensors.TryGetValue(tensor, out NodeMetadata? found))
            {
                throw Bad($"{expected}, but has {string.Join(", ", tensors.Keys.Select(k => $"\"{k}\""))}");
            }
            // Dynamic dimensions are negative; a model fixed to one size is fine as long as the images come out at it.
            if (found.ElementDataType != TensorElementType.Float || found.Dimensions.Length != 4
                || (found.Dimensions[1] >= 0 && found.Dimensions[1] != depth))
            {
                throw Bad($"{expected}, but that is {found.ElementDataType} [{string.Join(", ", found.Dimensions)}]");
            }
        }

        ModelFormatException Bad(string fault) => new(name, fault, "export it with segml export");
    }

    public static string Reason(OnnxRuntimeException e) => e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ');

    // The caller's own; what it throws is about the device that it asks for.
    private static void Configure(SessionOptions session, SegmenterOptions options)
    {
        try
        {
            options.ConfigureSession?.Invoke(session);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new DeviceException("the session's configuration", $"asks for what this build of ONNX Runtime cannot do ({e.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')})",
                $"this build has {string.Join(", ", ExecutionProviders.Available)}; reference the package of the provider that is asked for", e);
        }
    }

    private static InferenceSession Create(byte[] model, SegmenterOptions options, bool cuda)
    {
        using SessionOptions session = options.CreateSession?.Invoke() ?? new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = options.Threads,
            // Faults arrive as exceptions; the log would print them to standard error a second time.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        Configure(session, options);
        if (cuda)
        {
            session.AppendExecutionProvider_CUDA(options.GpuDeviceId);
        }
        return new InferenceSession(model, session);
    }
}
