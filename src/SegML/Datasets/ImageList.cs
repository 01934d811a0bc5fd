using System.Globalization;
using System.Text;
using SegML.Files;

namespace SegML.Datasets;

/// <summary>A text file that names images, one a line: paths (YOLO), names (VOC), or an image's path and its mask's (SegNet).</summary>
/// <param name="Path">The file.</param>
/// <param name="Images">Its lines.</param>
internal sealed record ImageList(string Path, IReadOnlyList<ListedImage> Images)
{
    /// <summary>Reads a list.</summary>
    /// <exception cref="DatasetException">It does not exist, cannot be read or is not UTF-8.</exception>
    public static ImageList Read(string path)
    {
        try
        {
            return new ImageList(path, [.. File.ReadLines(path, new UTF8Encoding(false, throwOnInvalidBytes: true)).Select(l => l.Trim())
                .Where(l => l.Length > 0 && l[0] != '#').Select(ListedImage.Parse)]);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(path, "does not exist; a list of images was expected there", "check the pipeline's data part or pass --data DIR", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DatasetException(path, UnreadableFile.Because(e), "check the path and its permissions", e);
        }
    }
}

/// <summary>A line of a list.</summary>
/// <param name="Names">What the line may name: itself, which may hold blanks, or its first word.</param>
/// <param name="Mask">The mask that it names; null: none.</param>
internal sealed record ListedImage(IReadOnlyList<string> Names, string? Mask)
{
    public static ListedImage Parse(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        string whole = Name(line);
        return words.Length != 2 ? new ListedImage([whole], null)
            : new ListedImage([whole, Name(words[0])], int.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : Name(words[1]));
    }

    /// <summary>The image that the line names: the one with that path, or the only one whose path ends the longer of the two; null: none.</summary>
    public SourceFile? Find(ILookup<string, SourceFile> imagesByName)
    {
        foreach (string name in Names)
        {
            SourceFile[] fitting = [.. imagesByName[ImageName.Last(name)].Where(i => ImageName.EndAlike(i.Key, name))];
            if (fitting.Length == 1 || fitting.Any(i => i.Key == name))
            {
                return fitting.Length == 1 ? fitting[0] : fitting.First(i => i.Key == name);
            }
        }
        return null;
    }

    private static string Name(string path) => ImageName.Key(path.Replace('\\', '/') is ['.', '/', .. var rest] ? rest : path);
}
