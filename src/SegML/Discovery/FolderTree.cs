using SegML.Datasets;
using SegML.Files;
using SegML.Images;

namespace SegML.Discovery;

/// <summary>The files below a folder, as paths with / between folders, and its images by name.</summary>
internal sealed class FolderTree
{
    /// <exception cref="DatasetException">It is not a folder, or cannot be read.</exception>
    public FolderTree(string root)
    {
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        try
        {
            Files = [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
                .Where(f => !ImageName.IsLitter(f)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (UnreadableFile.Is(e))
        {
            throw new DatasetException(root, Directory.Exists(root) ? UnreadableFile.Because(e) : "is not a folder",
                "name the folder or zip file of a data set", e);
        }
        Images = [.. Files.Where(ImageFile.HasExtension)];
        ByName = Images.ToLookup(i => ImageName.Last(ImageName.Key(i)), StringComparer.Ordinal);
    }

    public string Root { get; }

    public IReadOnlyList<string> Files { get; }

    public IReadOnlyList<string> Images { get; }

    /// <summary>The images by their name without folders and extension.</summary>
    public ILookup<string, string> ByName { get; }

    public string Full(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>A path's folder; "." at the top.</summary>
    public static string FolderOf(string relative) => relative.LastIndexOf('/') is var at && at < 0 ? "." : relative[..at];

    /// <summary>The deepest folder that holds all of some folders.</summary>
    public static string Common(IEnumerable<string> folders)
    {
        string[]? common = null;
        foreach (string folder in folders.Distinct())
        {
            string[] parts = folder == "." ? [] : folder.Split('/');
            common = common is null ? parts : [.. common.Zip(parts).TakeWhile(p => p.First == p.Second).Select(p => p.First)];
        }
        return common is null or [] ? "." : string.Join('/', common);
    }

    /// <summary>A folder's path below another.</summary>
    public static string Below(string folder, string root) => root == "." ? folder == "." ? "" : folder : folder.Length > root.Length ? folder[(root.Length + 1)..] : "";
}
