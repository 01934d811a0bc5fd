namespace SegML.Files;

/// <summary>Makes the typed exception for a file: subject, fault, fix, inner exception.</summary>
internal delegate SegMLException FaultFactory(string path, string fault, string fix, Exception? inner);

/// <summary>The one way to say that a file or folder cannot be read.</summary>
internal static class UnreadableFile
{
    /// <summary>Reads, and says of what stands in the way which file it is about.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">Makes the exception.</param>
    /// <param name="read">Reads it.</param>
    public static T Reading<T>(string path, FaultFactory fault, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (Is(e))
        {
            throw Fault(path, fault, e);
        }
    }

    /// <summary>Whether an exception says that a file or folder cannot be opened or read.</summary>
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>The exception for a file that cannot be opened or read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fault">Makes the exception.</param>
    /// <param name="e">What stands in the way.</param>
    public static SegMLException Fault(string path, FaultFactory fault, Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => fault(path, "does not exist", "check the path", e),
        _ when Directory.Exists(path) => fault(path, "is a folder", "name a file in it", e),
        UnauthorizedAccessException => fault(path, "may not be read", "give yourself read permission", e),
        _ => fault(path, Because(e), "check the path and the disk", e),
    };

    /// <summary>The fault itself, with its reason.</summary>
    public static string Because(Exception e) => $"cannot be read ({e.Message.Split(" Path:", 2)[0].TrimEnd('.')})";
}
