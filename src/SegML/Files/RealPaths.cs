namespace SegML.Files;

/// <summary>Full paths without symbolic links. Folders are looked up once, however many files of theirs are asked for.</summary>
internal sealed class RealPaths
{
    // As many as Linux follows before it calls them a circle.
    private const int MostLinks = 40;

    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);
    private int _links;

    /// <summary>The path with the links among its folders followed; a file that is a link keeps its own name.</summary>
    public string Named(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Folder(folder), Path.GetFileName(full)) : full;
    }

    /// <summary>The path that is reached in the end, also where the file is a link. Files need not exist.</summary>
    public string Followed(string path)
    {
        _links = 0;
        return Follow(Named(path));
    }

    private string Folder(string folder)
    {
        if (!_folders.TryGetValue(folder, out string? real))
        {
            _folders[folder] = real = Path.GetDirectoryName(folder) is { } parent ? Follow(Path.Combine(Folder(parent), Path.GetFileName(folder))) : folder;
        }
        return real;
    }

    private string Follow(string path)
    {
        string? target = Target(path);
        return target is null || ++_links > MostLinks ? path : Follow(Named(Path.Combine(Path.GetDirectoryName(path)!, target)));
    }

    private static string? Target(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // What may not be looked at may not be written either.
        }
    }
}
