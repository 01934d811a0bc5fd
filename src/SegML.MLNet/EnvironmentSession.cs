using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Onnx;
using SegML.Scoring;

namespace SegML.MLNet;

/// <summary>ONNX Runtime's session options as ML.NET's own ONNX transformer makes them of what an MLContext was set to (SetOnnxSessionOption).</summary>
internal static class EnvironmentSession
{
    /// <summary>Makes them.</summary>
    /// <param name="own">The context's.</param>
    /// <param name="options">The threads, where the caller names a number.</param>
    public static SessionOptions Create(OnnxSessionOptions own, SegmenterOptions options)
    {
        if (own.CreateSessionOptions is { } create)
        {
            return create();
        }
        var session = new SessionOptions
        {
            EnableMemoryPattern = own.EnableMemoryPattern,
            EnableProfiling = own.EnableProfiling,
            EnableCpuMemArena = own.EnableCpuMemArena,
            LogSeverityLevel = own.LogSeverityLevel,
            LogVerbosityLevel = own.LogVerbosityLevel,
            InterOpNumThreads = own.InterOpNumThreads,
            IntraOpNumThreads = options.Threads > 0 ? options.Threads : own.IntraOpNumThreads,
            GraphOptimizationLevel = own.GraphOptimizationLevel,
            ExecutionMode = own.ExecutionMode,
        };
        if (!string.IsNullOrEmpty(own.ProfileOutputPathPrefix))
        {
            session.ProfileOutputPathPrefix = own.ProfileOutputPathPrefix;
        }
        if (!string.IsNullOrEmpty(own.OptimizedModelFilePath))
        {
            session.OptimizedModelFilePath = own.OptimizedModelFilePath;
        }
        if (!string.IsNullOrEmpty(own.LogId))
        {
            session.LogId = own.LogId;
        }
        return session;
    }
}
