namespace SegML.Files;

/// <summary>Writes files whole or not at all: into a temporary file beside the target, which then takes its name.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream. If <paramref name="write"/> throws, the target is left as it was.</summary>
    /// <param name="path">The file to write. Its folder is created when missing.</param>
    /// <param name="write">Writes the content to a seekable stream.</param>
    /// <exception cref="OutputException">The folder or file cannot be written, or the file is protected by <see cref="SourceFiles.Protect"/>.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        WritePath(path, temporary =>
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            write(stream);
            stream.Flush(flushToDisk: true);
        });
    }

    /// <summary>Writes a text file in UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file through a writer that wants a path, such as a native library's.</summary>
    /// <param name="path">The file to write. Its folder is created when missing.</param>
    /// <param name="write">Writes the content to the temporary path that it is given.</param>
    /// <exception cref="OutputException">The folder or file cannot be written, or the file is protected by <see cref="SourceFiles.Protect"/>.</exception>
    public static void WritePath(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new OutputException(path, "is not a file's name", "choose another name");
        }
        SourceFiles.Refuse(path);
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!, temporary = TemporaryFile.For(full);
        try
        {
            Directory.CreateDirectory(folder);
            TemporaryFile.DeleteLeft(folder);
            write(temporary);
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, $"cannot be written ({e.Message.TrimEnd('.')})",
                "free some space or choose a folder you may write to", e);
        }
        finally
        {
            TemporaryFile.Delete(temporary);
        }
    }

    /// <summary>Writes a folder whole or not at all.</summary>
    /// <param name="path">The folder, which is missing or empty.</param>
    /// <param name="write">Writes its files into the temporary folder that it is given.</param>
    /// <exception cref="OutputException">The folder is not empty or cannot be written.</exception>
    public static void WriteFolder(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path).TrimEnd(Path.DirectorySeparatorChar), temporary = TemporaryFile.For(full);
        try
        {
            if (Directory.Exists(full))
            {
                // Fails where it is not empty.
                Directory.Delete(full);
            }
            Directory.CreateDirectory(temporary);
            TemporaryFile.DeleteLeft(Path.GetDirectoryName(full)!);
            write(temporary);
            Directory.Move(temporary, full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, $"cannot be written ({e.Message.TrimEnd('.')})", "choose a new folder where you may write", e);
        }
        finally
        {
            TemporaryFile.Delete(temporary);
        }
    }

    /// <summary>Deletes the temporary files that killed processes left in a folder; no process may be writing there.</summary>
    /// <param name="folder">The folder, not those below it.</param>
    internal static void DeleteUnfinished(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.tmp").Where(TemporaryFile.IsOurs))
        {
            TemporaryFile.Delete(path);
        }
    }
}
