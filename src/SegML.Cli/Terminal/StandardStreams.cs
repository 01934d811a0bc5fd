using System.Globalization;

namespace SegML.Cli.Terminal;

/// <summary>
/// Standard output and error as scripts leave them. A closed one (<c>2&gt;&amp;-</c>) has a number that the next file of the process gets: on Linux often a pipe of
/// .NET's own, which takes what is written to it for signals and aborts.
/// </summary>
internal static class StandardStreams
{
    private const int Output = 1, Error = 2, AccessMode = 3, ReadOnly = 0;

    /// <summary>Replaces <see cref="Console.Out"/> and <see cref="Console.Error"/> by writers that drop what nobody reads. To be called before either is used.</summary>
    public static void Guard()
    {
        (bool output, bool error) = (IsAnothers(Output), IsAnothers(Error));
        Console.SetOut(output ? TextWriter.Null : new ClosableWriter(Console.Out));
        Console.SetError(error ? TextWriter.Null : new ClosableWriter(Console.Error));
    }

    // Nothing that was given to the process to write to is open for reading alone, in memory, or read by the process itself.
    private static bool IsAnothers(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || Target(descriptor) is not { } target)
        {
            return false;
        }
        return target.StartsWith("/memfd:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal) || IsForReading(descriptor)
            || (target.StartsWith("pipe:", StringComparison.Ordinal) && Open().Any(other => Target(other) == target && IsForReading(other)));
    }

    private static IEnumerable<int> Open() =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));

    private static string? Target(int descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    private static bool IsForReading(int descriptor)
    {
        try
        {
            string? flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt32(flags[6..].Trim(), 8) & AccessMode) == ReadOnly;
        }
        catch (IOException)
        {
            // It was closed meanwhile: the listing's own, for one.
            return false;
        }
    }
}
