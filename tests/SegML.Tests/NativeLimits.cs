using System.Runtime.CompilerServices;
using SegML.Onnx.Tracing;

namespace SegML.Tests;

/// <summary>Tests compute with TorchSharp before they touch SegML, which sets oneDNN's limit when it is loaded.</summary>
[TestClass]
public sealed class NativeLimits
{
    [ModuleInitializer]
    internal static void LimitInstructions() => HiddenCaches.LimitInstructions();

    [TestMethod]
    public void ProcessorsThatShowTheirCachesAreNotHeldBack()
    {
        bool shown = Directory.Exists("/sys/devices/system/cpu/cpu0/cache/index0");
        Assert.IsFalse(shown && HiddenCaches.Found);
    }
}
