using System.Text;
using System.Text.RegularExpressions;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Finds a source's images and masks and pairs them as the pipeline says.</summary>
/// <param name="options">Where they are.</param>
/// <param name="rule">From an image's name to its mask's; null: the same name.</param>
/// <param name="resolve">Makes a path absolute.</param>
internal sealed class SourceListing(SourceOptions options, PairingOptions? rule, Func<string, string> resolve)
{
    private readonly string _images = resolve(options.Images), _masks = resolve(options.Masks ?? options.Annotations!);

    /// <summary>The pairs, and what keeps files from being paired.</summary>
    /// <exception cref="DatasetException">A folder or list cannot be read, or there is no image.</exception>
    /// <exception cref="AnnotationFormatException">A file with the annotations of many images cannot be read.</exception>
    public DatasetListing Pair()
    {
        var findings = new List<DatasetFinding>();
        IEnumerable<SourceFile> images = Files(_images, "images").Where(f => ImageFile.HasExtension(f.Path));
        IEnumerable<SourceFile> masks = options.Masks is null ? Annotations()
            : Files(_masks, "masks").Where(f => Path.GetExtension(f.Path).Equals(".png", StringComparison.OrdinalIgnoreCase));
        if (options.List is { } list)
        {
            HashSet<string> names = Names(resolve(list));
            images = [.. images.Where(i => names.Contains(i.Key))];
            masks = masks.Where(m => rule is not null || names.Contains(m.Key));
            findings.AddRange(names.Except(images.Select(i => i.Key)).Order(StringComparer.Ordinal)
                .Select(n => new DatasetFinding(FindingKind.MissingListed, resolve(list), $"names {n}, which is no image in {_images}", "add the image or remove the line")));
        }
        if (rule is not null)
        {
            var expression = new Regex(rule.Image, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            images = images.Where(i => expression.IsMatch(i.Key)).Select(i => i with { Key = expression.Replace(i.Key, rule.Mask) });
        }
        SourceFile[] ordered = [.. images.OrderBy(i => Path.GetRelativePath(_images, i.Path), StringComparer.Ordinal)];
        if (ordered.Length == 0 && findings.Count == 0)
        {
            throw new DatasetException(_images, rule is null ? "holds no images" : $"holds no images whose names match \"{rule.Image}\"",
                "put .jpg, .png, .bmp or .webp files there or name another folder");
        }
        DatasetListing listing = Pairing.Pair(ordered, masks, _masks, drawn: options.Masks is null);
        // A rule picks some of many files: what it does not pick is none of a mask's business.
        return listing with
        {
            Findings = [.. findings, .. listing.Findings.Where(f => rule is null || f.Kind is not (FindingKind.MissingImage or FindingKind.DoubleMask))],
        };
    }

    private IEnumerable<SourceFile> Annotations() => File.Exists(_masks)
        ? [.. AnnotationListing.InFile(_masks, options.Subfolders)]
        : Files(_masks, "annotations").Where(f => AnnotationListing.HasExtension(f.Path)).Select(f => AnnotationListing.OfFile(f.Path, f.Key));

    /// <summary>What an item is called below the image folder: with /, without extension.</summary>
    public string NameOf(DatasetItem item) => Key(_images, item.ImagePath);

    private static string Key(string folder, string path) => Path.ChangeExtension(Path.GetRelativePath(folder, path), null).Replace('\\', '/');

    private IEnumerable<SourceFile> Files(string folder, string what)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", options.Subfolders ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Select(f => new SourceFile(f, Key(folder, f)))];
        }
        catch (DirectoryNotFoundException e)
        {
            throw new DatasetException(folder, $"is not a folder; {what} were expected there", "check the pipeline's data part or pass --data DIR", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(folder, $"cannot be read ({e.Message.TrimEnd('.')})", "check the path and its permissions", e);
        }
    }

    private static HashSet<string> Names(string list)
    {
        try
        {
            return [.. File.ReadLines(list, new UTF8Encoding(false, throwOnInvalidBytes: true)).Select(l => l.Trim())
                .Where(l => l.Length > 0 && l[0] != '#')
                .Select(l => (ImageFile.HasExtension(l) ? Path.ChangeExtension(l, null) : l).Replace('\\', '/'))];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(list, "does not exist; a list of images was expected there", "check the pipeline's data part or pass --data DIR", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new DatasetException(list, $"cannot be read ({e.Message.TrimEnd('.')})", "check the path and its permissions", e);
        }
    }
}
