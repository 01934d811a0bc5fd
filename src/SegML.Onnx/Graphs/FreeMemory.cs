using System.Runtime.InteropServices;
using SegML.Onnx.Protobuf;

namespace SegML.Onnx.Graphs;

/// <summary>
/// Gives memory that is free back to the system. Exports of large models go from one library to the next, each with an allocator that keeps what it has had: without, their
/// sums would be taken at once.
/// </summary>
internal static partial class FreeMemory
{
    /// <summary>The bytes of weights from which on this is worth its time.</summary>
    public const long Large = 16 << 20;

    /// <summary>Whether the weights of a model are so large that this is worth its time.</summary>
    public static bool IsWorth(GraphProto graph) => graph.Initializer.Sum(i => (long)i.RawData.Length) > Large;

    /// <summary>Collects what nothing refers to any more, and returns what the C library keeps where that is glibc.</summary>
    public static void Return()
    {
        // Aggressive: it also gives the memory back to the system.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl gives memory back by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
