using System.Runtime.InteropServices;

namespace SegML.Onnx.Tracing;

/// <summary>The process's environment variables as native code reads them: the runtime's own are a copy. Unix only.</summary>
internal static partial class NativeVariables
{
    /// <summary>Sets one that is not there; what the user has set stays.</summary>
    /// <returns>Whether it could be done.</returns>
    public static bool Default(string name, string value) => Environment.GetEnvironmentVariable(name) is null && SetVariable(name, value, 0) == 0;

    /// <returns>Whether it could be done.</returns>
    public static bool Remove(string name) => RemoveVariable(name) == 0;

    /// <summary>Its value; null: it is not there.</summary>
    public static string? Get(string name) => Marshal.PtrToStringUTF8(GetVariable(name));

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveVariable(string name);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetVariable(string name);
}
