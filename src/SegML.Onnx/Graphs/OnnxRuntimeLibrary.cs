using Microsoft.ML.OnnxRuntime;

namespace SegML.Onnx.Graphs;

/// <summary>ONNX Runtime's native library: whether the app has it.</summary>
internal static class OnnxRuntimeLibrary
{
    /// <summary>Makes what is ONNX Runtime's own, and so loads its native library when it is the first.</summary>
    /// <exception cref="OnnxExportException">The app lacks the library.</exception>
    public static T New<T>() where T : new()
    {
        try
        {
            _ = OrtEnv.Instance();
        }
        catch (TypeInitializationException e) when (e.InnerException is DllNotFoundException or EntryPointNotFoundException)
        {
            string version = typeof(OrtEnv).Assembly.GetName().Version!.ToString(3);
            throw new OnnxExportException("ONNX Runtime's native library", "cannot be loaded",
                $"add it to the app: dotnet add package Microsoft.ML.OnnxRuntime --version {version}", e);
        }
        return new T();
    }
}
