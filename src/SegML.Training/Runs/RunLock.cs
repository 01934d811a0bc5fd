namespace SegML.Training.Runs;

/// <summary>Keeps other processes from training into a folder, until it is disposed or this process ends, however it does.</summary>
internal sealed class RunLock : IDisposable
{
    private readonly string _folder;
    private readonly bool _created;
    private readonly FileStream _file;

    private RunLock(string folder, bool created, FileStream file) => (_folder, _created, _file) = (folder, created, file);

    /// <summary>Takes the folder, which is made when missing.</summary>
    /// <exception cref="OutputException">Another process has it, or it cannot be written.</exception>
    public static RunLock Take(string folder)
    {
        string path = Path.Combine(folder, "run.lock");
        try
        {
            bool created = !Directory.Exists(folder);
            Directory.CreateDirectory(folder);
            // The system lets go of it with the process: a file that a killed one left does not count.
            return new RunLock(folder, created, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new OutputException(folder, "is being trained into by another process", "wait until that has ended, or choose another folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(folder, $"cannot be written ({e.Message.TrimEnd('.')})", "choose a folder you may write to", e);
        }
    }

    /// <summary>Lets go; a folder that was made for a run that never began goes too.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (_created && !Directory.EnumerateFileSystemEntries(_folder).Any())
        {
            Directory.Delete(_folder);
        }
    }
}
