using System.Runtime.CompilerServices;
using SegML.Onnx.Tracing;

namespace SegML.Tests;

/// <summary>Tests compute with TorchSharp before they touch SegML, which sets oneDNN's limit when it is loaded.</summary>
internal static class NativeLimits
{
    [ModuleInitializer]
    internal static void LimitInstructions() => HiddenCaches.LimitInstructions();
}
