using SegML.Batches;
using SegML.Images;

namespace SegML.Cluster.Listing;

/// <summary>
/// Lists images one at a time: 100 million take no more memory than the largest folder's names. Results are named by the image's path below the
/// input, without its extension; two images of one name are refused.
/// </summary>
public static class ImageListing
{
    /// <summary>Lists the images of inputs.</summary>
    /// <param name="inputs">
    /// Folders, with all folders below them; images; globs (<c>photos/**/*.jpg</c>: * and ? in a name, ** for any folders); lists (<c>@files.txt</c>: a path a line, relative
    /// to the list, the files of a folder together). Hidden files and folders are left out, and so are earlier results.
    /// </param>
    /// <param name="output">The folder of the results.</param>
    /// <exception cref="ImageFormatException">An input is missing, or two images would have one result.</exception>
    /// <exception cref="OutputException">Results would be written among the images.</exception>
    public static IEnumerable<BatchImage> Of(IReadOnlyList<string> inputs, string output)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentException.ThrowIfNullOrEmpty(output);
        string results = Path.GetFullPath(output);
        // Several inputs keep apart by their own names.
        string?[] prefixes = [.. inputs.Select(i => inputs.Count == 1 || IsList(i) || IsFile(i) ? null : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(GlobPattern.RootOf(i)))))];
        if (prefixes.Where(p => p is not null).GroupBy(p => p, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ImageFormatException(inputs[^1], $"has the name of another input, {twice.Key}, and its results would be written over the other's", "start a job for each");
        }
        var unique = new UniqueNames();
        for (int i = 0; i < inputs.Count; i++)
        {
            foreach (BatchImage image in Of(inputs[i], prefixes[i], results))
            {
                if (IsBelow(image.File, results))
                {
                    throw new OutputException(image.File, $"would be scored and lies in the folder of the results, {output}", "write to a folder apart from the images");
                }
                unique.Add(image);
                yield return image;
            }
        }
    }

    private static IEnumerable<BatchImage> Of(string input, string? prefix, string results)
    {
        if (IsList(input))
        {
            return ImageList.Read(input[1..]);
        }
        if (IsFile(input))
        {
            return [new BatchImage(Path.GetFullPath(input), Path.GetFileNameWithoutExtension(input))];
        }
        string root = Path.GetFullPath(GlobPattern.RootOf(input));
        if (!Directory.Exists(root))
        {
            throw new ImageFormatException(input, "is not there", "name a folder, an image, a glob in quotes, or @LIST for a file that lists images");
        }
        GlobPattern? pattern = GlobPattern.Of(input);
        return Below(root, results).Where(file => pattern?.Matches(Path.GetRelativePath(root, file)) ?? true)
            .Select(file => new BatchImage(file, Name(prefix, Path.GetRelativePath(root, file))));
    }

    /// <summary>The images below a folder; a folder's own come together.</summary>
    private static IEnumerable<string> Below(string folder, string results)
    {
        var left = new Stack<string>([folder]);
        while (left.TryPop(out string? at))
        {
            // The results of an earlier job may lie below: they are no images to score.
            foreach (string below in Directory.EnumerateDirectories(at).Where(d => !IsHidden(d) && d != results).OrderDescending(StringComparer.Ordinal))
            {
                left.Push(below);
            }
            foreach (string file in Directory.EnumerateFiles(at).Where(f => !IsHidden(f) && ImageFile.HasExtension(f) && !BatchOutputs.IsResult(f)))
            {
                yield return file;
            }
        }
    }

    /// <summary>A result's name: forward slashes and no extension.</summary>
    internal static string Name(string? prefix, string relative) =>
        Path.ChangeExtension(prefix is null ? relative : Path.Combine(prefix, relative), null).Replace('\\', '/');

    private static bool IsList(string input) => input.StartsWith('@');

    private static bool IsFile(string input) => !IsList(input) && File.Exists(input);

    private static bool IsHidden(string path) => Path.GetFileName(path).StartsWith('.');

    private static bool IsBelow(string file, string folder) =>
        file.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
