using System.Runtime.InteropServices;
using SegML.Onnx.Tracing;
using TorchSharp;

namespace SegML.Training.Networks;

/// <summary>libtorch, TorchSharp's native library: whether the app has it.</summary>
internal static class TorchLibrary
{
    private static bool _loaded;

    /// <summary>
    /// Loads libtorch before TorchSharp does. TorchSharp, where it does not find it, copies half a gigabyte from NuGet's cache, prints a page about where it
    /// looked, and throws that page. It is also made to compute right on processors whose caches are hidden.
    /// </summary>
    /// <exception cref="NativeLibraryException">The app lacks libtorch.</exception>
    public static void Require()
    {
        if (!_loaded)
        {
            _loaded = NativeLibraryException.Guard(Load, "libtorch", Package, "2.10.0");
            HiddenCaches.Correct();
        }
    }

    private static string Package => OperatingSystem.IsWindows() ? "libtorch-cpu-win-x64" : OperatingSystem.IsMacOS() ? "libtorch-cpu-osx-arm64" : "libtorch-cpu-linux-x64";

    private static bool Load()
    {
        System.Reflection.Assembly torchSharp = typeof(torch).Assembly;
        // In a notebook TorchSharp is loaded from its package, and finds libtorch in the package beside.
        if (!torchSharp.Location.Contains(Path.Combine("lib", "net8.0"), StringComparison.Ordinal))
        {
            NativeLibrary.Load("torch_cpu", torchSharp, searchPath: null);
            NativeLibrary.Load("LibTorchSharp", torchSharp, searchPath: null);
        }
        return true;
    }
}
