using System.Text.RegularExpressions;
using SegML.Files;
using SegML.Images;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Finds a source's images and masks and pairs them as the pipeline says.</summary>
/// <param name="options">Where they are.</param>
/// <param name="data">How they are paired, and what happens to those that cannot be.</param>
/// <param name="resolve">Makes a path absolute.</param>
internal sealed class SourceListing(SourceOptions options, DataOptions data, Func<string, string> resolve)
{
    private readonly string _images = resolve(options.Images), _masks = resolve(options.Masks ?? options.Annotations!);

    /// <summary>The names of the classes, of which each has a mask where the path of masks holds {class}.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    private bool IsPerClass => options.Masks?.Contains(ClassMasks.ClassMark, StringComparison.Ordinal) == true;

    /// <summary>The pairs, and what keeps files from being paired.</summary>
    /// <exception cref="DatasetException">A folder or list cannot be read, or there is no image.</exception>
    /// <exception cref="AnnotationFormatException">A file with the annotations of many images cannot be read.</exception>
    public DatasetListing Pair()
    {
        PairingOptions? rule = data.Pairing;
        var findings = new List<DatasetFinding>();
        IReadOnlyList<SourceFile> images = [.. Files(_images, "images").Where(f => ImageFile.HasExtension(f.Path))];
        IReadOnlyList<SourceFile> masks = options.Masks is null ? Annotations(findings) : IsPerClass ? [] : Masks();
        if (options.List is { } path)
        {
            (images, masks) = Listed(ImageList.Read(resolve(path)), images, masks, findings);
        }
        if (rule is not null)
        {
            var expression = new Regex(rule.Image, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            images = [.. images.Where(i => expression.IsMatch(i.Key)).Select(i => i with { Key = expression.Replace(i.Key, rule.Mask) })];
        }
        if (IsPerClass)
        {
            masks = [.. images.Select(i => new SourceFile(ClassMasks.PathOf(_masks, i.Key), i.Key)).Where(m => ClassMasks.Files(m.Path, ClassNames).Any())];
        }
        SourceFile[] ordered = [.. images.OrderBy(i => Path.GetRelativePath(_images, i.Path), StringComparer.Ordinal)];
        if (ordered.Length == 0 && findings.Count == 0)
        {
            throw new DatasetException(_images, rule is null ? "holds no images" : $"holds no images whose names match \"{rule.Image}\"",
                $"put {string.Join(", ", ImageFile.Extensions)} files there or name another folder");
        }
        DatasetListing listing = new Pairing(data, _masks, drawn: options.Masks is null).Pair(ordered, masks);
        // A rule or list picks some of many files: masks that it does not pick are left alone.
        return listing with
        {
            Findings = [.. findings, .. listing.Findings.Where(f => rule is null || f.Kind is not (FindingKind.MissingImage or FindingKind.DoubleMask))],
        };
    }

    /// <summary>What an item is called below the image folder: with /, without extension.</summary>
    public string NameOf(DatasetItem item) => Key(_images, item.ImagePath);

    /// <summary>The masks: where one has copies in several formats the PNG, and JPEGs only where there is nothing else, so that reading them says why they do not do.</summary>
    private IReadOnlyList<SourceFile> Masks()
    {
        SourceFile[] files = [.. Files(_masks, "masks")], exact = [.. files.Where(f => MaskFile.HasExtension(f.Path))];
        var pngs = exact.Where(f => IsPng(f.Path)).Select(f => f.Key).ToHashSet(StringComparer.Ordinal);
        return exact.Length > 0 ? [.. exact.Where(f => IsPng(f.Path) || !pngs.Contains(f.Key))] : [.. files.Where(f => ImageFile.HasExtension(f.Path))];

        static bool IsPng(string path) => Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase);
    }

    private IReadOnlyList<SourceFile> Annotations(List<DatasetFinding> findings)
    {
        if (!File.Exists(_masks))
        {
            return [.. Files(_masks, "annotations").Where(f => AnnotationListing.HasExtension(f.Path))
                .Select(f => AnnotationListing.OfFile(f.Path, f.Key, data.Drawing() with { ImageFolder = _images }))];
        }
        (IReadOnlyList<SourceFile> files, IReadOnlyList<DatasetFinding> faults) = AnnotationListing.InFile(_masks, data.Drawing() with { ImageFolder = _images });
        findings.AddRange(faults);
        return files;
    }

    /// <summary>The images that a list names, each with the mask that the list gives it, and the masks that may be theirs.</summary>
    private (IReadOnlyList<SourceFile> Images, IReadOnlyList<SourceFile> Masks) Listed(
        ImageList list, IReadOnlyList<SourceFile> images, IReadOnlyList<SourceFile> masks, List<DatasetFinding> findings)
    {
        ILookup<string, SourceFile> byName = images.ToLookup(i => ImageName.Last(i.Key), StringComparer.Ordinal);
        ILookup<string, SourceFile> masksByName = masks.ToLookup(m => ImageName.Last(m.Key), StringComparer.Ordinal);
        var picked = new List<SourceFile>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var renamed = new List<SourceFile>();
        foreach (ListedImage line in list.Images)
        {
            if (line.Find(byName) is not { } image)
            {
                findings.Add(new DatasetFinding(FindingKind.MissingListed, list.Path, $"names {line.Names[0]}, which is no image in {_images}", "add the image or remove the line"));
                continue;
            }
            if (!keys.Add(image.Key))
            {
                continue;
            }
            picked.Add(image);
            if (line.Mask is { } mask && masksByName[ImageName.Last(mask)].Where(m => ImageName.EndAlike(m.Key, mask)).ToArray() is [var only])
            {
                renamed.Add(only with { Key = image.Key });
            }
        }
        if (data.Pairing is not null)
        {
            return (picked, masks);
        }
        // Only masks of listed images are looked at; of the others it is not known whether their images are missing.
        var given = renamed.Select(m => m.Key).ToHashSet(StringComparer.Ordinal);
        var names = picked.Select(i => ImageName.Last(i.Key)).ToHashSet(StringComparer.Ordinal);
        var all = images.Select(i => i.Key).ToHashSet(StringComparer.Ordinal);
        return (picked, [.. renamed, .. masks.Where(m => !given.Contains(m.Key)
            && (keys.Contains(m.Key) || (!all.Contains(m.Key) && names.Contains(ImageName.Last(m.Key)))))]);
    }

    private static string Key(string folder, string path) => ImageName.Key(Path.ChangeExtension(Path.GetRelativePath(folder, path), null));

    private IEnumerable<SourceFile> Files(string folder, string what)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", options.Subfolders ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(f => !ImageName.IsLitter(Path.GetRelativePath(folder, f))).Select(f => new SourceFile(f, Key(folder, f)))];
        }
        catch (DirectoryNotFoundException e)
        {
            throw new DatasetException(folder, $"is not a folder; {what} were expected there", "check the pipeline's data part or pass --data DIR", e);
        }
        catch (Exception e) when (UnreadableFile.Is(e))
        {
            throw new DatasetException(folder, UnreadableFile.Because(e), "check the path and its permissions", e);
        }
    }
}
