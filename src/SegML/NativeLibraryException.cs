using System.Runtime.InteropServices;

namespace SegML;

/// <summary>A native library that SegML computes with is missing from the app or cannot be loaded on this system.</summary>
public sealed class NativeLibraryException : SegMLException
{
    /// <param name="library">What is missing, as a user knows it: "ONNX Runtime".</param>
    /// <param name="package">The package that has it.</param>
    /// <param name="version">The version of the package that fits this SegML.</param>
    /// <param name="inner">What the runtime said.</param>
    internal NativeLibraryException(string library, string package, string version, Exception? inner)
        : base($"{library}'s native library", $"cannot be loaded on {RuntimeInformation.RuntimeIdentifier}{Reason(inner)}",
            $"add it to the app: dotnet add package {package} --version {version}", inner)
    {
        Package = package;
        Version = version;
    }

    /// <summary>The package that the app lacks: <c>Microsoft.ML.OnnxRuntime</c>.</summary>
    public string Package { get; }

    /// <summary>The package's version that fits.</summary>
    public string Version { get; }

    /// <summary>Runs what touches a native library, and turns its absence into a <see cref="NativeLibraryException"/>.</summary>
    /// <exception cref="NativeLibraryException">It cannot be loaded.</exception>
    internal static T Guard<T>(Func<T> touch, string library, string package, string version)
    {
        try
        {
            return touch();
        }
        catch (Exception e) when ((e is TypeInitializationException { InnerException: { } inner } ? inner : e)
            is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or InvalidOperationException)
        {
            throw new NativeLibraryException(library, package, version, e);
        }
    }

    /// <summary>
    /// What the system's loader said beyond "not found" of all the places where it looked: the library or the symbol that the one it found needs and
    /// the system lacks. Null where it said nothing more.
    /// </summary>
    internal static string? Missing(Exception? e)
    {
        string[] lines = e?.GetBaseException().Message.Split('\n', StringSplitOptions.TrimEntries) ?? [];
        return lines.Select(line => line.Split(": cannot open shared object file") is [var name, _] && !name.Contains('/') && !name.Contains(' ') ? name : null)
            .FirstOrDefault(name => name is not null)
            ?? lines.Select(line => line.Split("version `") is [_, var needed] ? needed.Split('\'')[0] : null).FirstOrDefault(name => name is not null);
    }

    // What SkiaSharp says of a native library of another version is worth reading; the runtime's list of places is not.
    private static string Reason(Exception? e) => Missing(e) is { } missing ? $" ({missing} is missing)"
        : e?.GetBaseException() is InvalidOperationException other ? $" ({other.Message.TrimEnd('.')})" : "";
}
