using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SegML.Files;

/// <summary>
/// The names under which files are written before they get their own: NAME.GUID-MACHINE-PROCESS.tmp, so that what a killed process left is
/// known from what another one is just writing.
/// </summary>
internal static class TemporaryFile
{
    private const int MostNameBytes = 255;

    private static readonly string _machine = StableHash(Environment.MachineName).ToString("x8", CultureInfo.InvariantCulture);
    private static readonly ConcurrentDictionary<string, bool> _cleaned = new(StringComparer.Ordinal);

    /// <summary>A new name beside a file. Of a name as long as file systems allow, it has the beginning.</summary>
    public static string For(string path)
    {
        string end = string.Create(CultureInfo.InvariantCulture, $".{Guid.NewGuid():N}-{_machine}-{Environment.ProcessId}.tmp"), name = Path.GetFileName(path);
        while (Encoding.UTF8.GetByteCount(name) + end.Length > MostNameBytes)
        {
            name = name[..^(name.Length > 1 && char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }
        return Path.Combine(Path.GetDirectoryName(path)!, name + end);
    }

    /// <summary>Whether a file is called like one of these, or like those of versions before, without machine and process.</summary>
    public static bool IsOurs(string path) => Guid.TryParseExact(Middle(path).Split('-')[0], "N", out _);

    /// <summary>Deletes files and folders of such names that killed processes of this machine left in a folder; once a process for each folder.</summary>
    public static void DeleteLeft(string folder)
    {
        if (!_cleaned.TryAdd(folder, true))
        {
            return;
        }
        foreach (string path in Directory.EnumerateFileSystemEntries(folder, "*.tmp").Where(IsLeft))
        {
            Delete(path);
        }
    }

    /// <summary>Deletes one, if it is there and can be deleted: what it was for matters more.</summary>
    public static void Delete(string temporary)
    {
        try
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
            else
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It stays until the next time.
        }
    }

    private static bool IsLeft(string path) => IsOurs(path) && Middle(path).Split('-') is [_, var machine, var process]
        && machine == _machine && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !IsRunning(id);

    private static string Middle(string path) => Path.GetExtension(path[..^".tmp".Length]).TrimStart('.');

    private static bool IsRunning(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true; // One that may not be looked at.
        }
    }

    // The same in every process, which string.GetHashCode is not (FNV-1a).
    private static uint StableHash(string text) => Encoding.UTF8.GetBytes(text).Aggregate(2166136261u, (hash, b) => unchecked((hash ^ b) * 16777619u));
}
