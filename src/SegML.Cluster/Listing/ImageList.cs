using SegML.Batches;
using SegML.Files;

namespace SegML.Cluster.Listing;

/// <summary>Reads lists of images: a path a line, relative to the list; empty lines are skipped.</summary>
internal static class ImageList
{
    /// <summary>The images of a list. Those below its folder are named by their path from there, others by their whole path.</summary>
    /// <exception cref="ImageFormatException">The list cannot be read.</exception>
    public static IEnumerable<BatchImage> Read(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using StreamReader reader = UnreadableFile.Reading(path, (p, fault, fix, inner) => new ImageFormatException(p, fault, fix, inner), () => new StreamReader(path));
        while (reader.ReadLine() is { } line)
        {
            if (line.Trim() is not { Length: > 0 } entry)
            {
                continue;
            }
            string file = Path.GetFullPath(entry, folder), relative = Path.GetRelativePath(folder, file);
            bool isOutside = relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative);
            yield return new BatchImage(file, ImageListing.Name(null, isOutside ? file[Path.GetPathRoot(file)!.Length..] : relative));
        }
    }
}
