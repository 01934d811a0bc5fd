using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SegML.Scoring;

/// <summary>
/// ONNX Runtime 1.31 sends data about its use to Microsoft and keeps a device's number in the user's cache folder, unless ORT_DISABLE_TELEMETRY is set when it is
/// loaded. An app that scores other people's photos should not begin to do so unasked: here it is off, unless the variable is there already ("0" leaves it on).
/// </summary>
internal static partial class OnnxTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

#pragma warning disable CA2255 // ONNX Runtime reads it when it is loaded, which the app may do first.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void SwitchOff()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
        {
            return;
        }
        Environment.SetEnvironmentVariable(Variable, "1");
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            // There the runtime's own variables are not the process's, which native code reads. 0: a value that is there stays.
            _ = SetVariable(Variable, "1", 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
