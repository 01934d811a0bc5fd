using System.Runtime.InteropServices;
using SegML.Scoring;

namespace SegML.Tests.Scoring;

/// <summary>Scoring tells nobody.</summary>
[TestClass]
public sealed partial class OnnxTelemetryTests
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    [TestMethod]
    public void NativeCodeSeesThatItIsOff()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("skipped: reads the environment as the C library of Linux has it");
        }
        using Segmenter segmenter = Segmenter.Load(TinyModel.Create(), "tiny.onnx");
        Assert.AreEqual(Environment.GetEnvironmentVariable(Variable), Marshal.PtrToStringUTF8(GetVariable(Variable)));
        Assert.IsNotNull(Environment.GetEnvironmentVariable(Variable));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);
}
