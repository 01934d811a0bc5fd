using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace SegML.Scoring;

/// <summary>ONNX Runtime's native library: whether it is there, and what it lacks for CUDA.</summary>
internal static class OnnxRuntimeLibrary
{
    private const string Package = "Microsoft.ML.OnnxRuntime";
    private const string CudaProvider = "CUDAExecutionProvider";
    private const string CudaLibrary = "onnxruntime_providers_cuda";

    /// <summary>ONNX Runtime's environment.</summary>
    /// <exception cref="NativeLibraryException">The app lacks the native library.</exception>
    public static OrtEnv Environment => NativeLibraryException.Guard(OrtEnv.Instance, "ONNX Runtime", Package, Version);

    /// <summary>Whether this build of ONNX Runtime can do CUDA, on a machine that has what it takes.</summary>
    public static bool KnowsCuda => Environment.GetAvailableProviders().Contains(CudaProvider);

    // The managed package's: both are released together.
    private static string Version => typeof(OrtEnv).Assembly.GetName().Version!.ToString(3);

    /// <summary>Runs something that may fail, without ONNX Runtime printing the failure to standard error too.</summary>
    public static T Silently<T>(Func<T> run)
    {
        OrtEnv environment = Environment;
        OrtLoggingLevel before = environment.EnvLogLevel;
        environment.EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        try
        {
            return run();
        }
        finally
        {
            environment.EnvLogLevel = before;
        }
    }

    /// <summary>Why CUDA cannot be used, as the second half of a sentence: "libcublasLt.so.13 is missing", or ONNX Runtime's own words.</summary>
    public static string WhyNotCuda(OnnxRuntimeException refused)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(CudaLibrary, typeof(OrtEnv).Assembly, searchPath: null));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return NativeLibraryException.Missing(e) is { } missing ? $"{missing} is missing" : $"{CudaLibrary} cannot be loaded";
        }
        return SessionFactory.Reason(refused);
    }
}
