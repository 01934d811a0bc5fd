namespace SegML.Files;

/// <summary>
/// The files that a piece of work reads. None of its outputs may take the place of one of them, whatever either is called: the same path,
/// a path through a symbolic link, a hard link, or a name that differs in case alone, which is the same file on Windows and macOS.
/// </summary>
public sealed class SourceFiles : IDisposable
{
    private static readonly AsyncLocal<SourceFiles?> _current = new();

    private readonly SourceFiles? _outer = _current.Value;
    private readonly Dictionary<string, string> _paths = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<FileIdentity, string> _identities = [];

    private SourceFiles(IEnumerable<string?> sources)
    {
        var folders = new RealPaths();
        foreach (string source in sources.SelectMany(s => s is null ? [] : Directory.Exists(s) ? Directory.EnumerateFiles(s) : [s]))
        {
            _paths.TryAdd(folders.Named(source), source);
            _paths.TryAdd(folders.Followed(source), source);
            if (FileIdentity.Of(source) is { } identity)
            {
                _identities.TryAdd(identity, source);
            }
        }
    }

    /// <summary>
    /// Refuses outputs that are sources before anything is written. Until the result is disposed, <see cref="AtomicFile"/> refuses them too,
    /// on this thread and in the tasks that it starts, so that a file whose name is known late cannot replace a source either.
    /// </summary>
    /// <param name="sources">Files that are read; a folder stands for the files in it, without its subfolders. Missing files and nulls are skipped.</param>
    /// <param name="outputs">The files that will be written, as far as they are known.</param>
    /// <exception cref="OutputException">An output is a source, a pipe or a device, or two outputs are one file.</exception>
    public static IDisposable Protect(IEnumerable<string?> sources, params IEnumerable<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(outputs);
        var guard = new SourceFiles(sources);
        var folders = new RealPaths();
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string output in outputs)
        {
            RefuseSpecial(output);
            guard.Refuse(output, folders);
            if (!seen.TryAdd(folders.Named(output), output))
            {
                throw new OutputException(output, $"would be written twice, the second time over {seen[folders.Named(output)]}", "rename one of the inputs, or write to two folders");
            }
        }
        _current.Value = guard;
        return guard;
    }

    /// <summary>Refuses outputs that people correct by hand, such as pipelines and annotations, where a file has the name already.</summary>
    /// <exception cref="OutputException">It has.</exception>
    public static void Keep(params IEnumerable<string> outputs)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        if (outputs.FirstOrDefault(File.Exists) is { } existing)
        {
            throw new OutputException(existing, "exists already, and may hold corrections", "choose another name or folder with --out, or delete it");
        }
    }

    /// <summary>Refuses an output that is one of the files that the work in progress reads.</summary>
    /// <exception cref="OutputException">It is.</exception>
    internal static void Refuse(string output)
    {
        RefuseSpecial(output);
        for (SourceFiles? guard = _current.Value; guard is not null; guard = guard._outer)
        {
            guard.Refuse(output, new RealPaths());
        }
    }

    // A file that takes its name would take the place of the pipe or device.
    private static void RefuseSpecial(string output)
    {
        if (FileIdentity.IsStreamOrDevice(output))
        {
            throw new OutputException(output, "is a pipe or a device", "name a file");
        }
    }

    /// <summary>Ends the protection.</summary>
    public void Dispose() => _current.Value = _outer;

    private void Refuse(string output, RealPaths folders)
    {
        if (_paths.TryGetValue(folders.Named(output), out string? source) || _paths.TryGetValue(folders.Followed(output), out source)
            // A source that was replaced meanwhile has given its identity back, and a new file may have it.
            || (FileIdentity.Of(output) is { } identity && _identities.TryGetValue(identity, out source) && identity.Equals(FileIdentity.Of(source))))
        {
            string alias = Path.GetFullPath(source) == Path.GetFullPath(output) ? "" : $", {output}, which is the same file";
            throw new OutputException(source, $"would be overwritten by a result{alias}", "write to another folder or name with --out");
        }
    }
}
