using SegML.Annotations.Formats;
using SegML.Datasets;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>Finds annotation files of known formats and the images that they are about.</summary>
internal sealed class AnnotationFinder(FolderTree tree)
{
    // Files of one folder and extension are alike: a few tell the format.
    private const int Probed = 3, MostProbed = 30;

    private static readonly string[] _suffixes = ["_gtFine_polygons", "_gtCoarse_polygons", "_polygons"];

    /// <summary>Why files that look like annotations are none, one line each.</summary>
    public List<string> Refused { get; } = [];

    public List<FoundSource> Find()
    {
        var sources = new List<FoundSource>();
        var folders = new List<(string Folder, string Format, string[] Files)>();
        foreach (IGrouping<(string Folder, string Extension), string> group in tree.Files.Where(AnnotationListing.HasExtension)
            .GroupBy(f => (FolderTree.FolderOf(f), Path.GetExtension(f).ToLowerInvariant())))
        {
            string[] files = [.. group];
            int images = 0;
            // The first ones may be damaged.
            foreach (string file in files.Length > 20 ? files.Take(MostProbed).TakeWhile(_ => images < Probed) : files)
            {
                switch (TryOpen(file))
                {
                    case { Format.HoldsManyImages: true } many:
                        sources.AddRange(OfMany(file, many));
                        break;
                    // Numbers in a text file may be anything: they are labels where there is an image of that name.
                    case { } single when single.Format is not YoloFormat || tree.ByName[StemOf(file)].Any():
                        if (images++ == 0)
                        {
                            folders.Add((group.Key.Folder, single.Format.Name, files));
                        }
                        break;
                }
            }
        }
        sources.AddRange(OfFolders(folders));
        return sources;
    }

    private AnnotationFile? TryOpen(string file)
    {
        try
        {
            return AnnotationFile.Open(tree.Full(file));
        }
        catch (AnnotationFormatException e)
        {
            Refused.Add(e.Message);
            return null;
        }
    }

    /// <summary>The sources of a file of many images: one, or one for each subset.</summary>
    private IEnumerable<FoundSource> OfMany(string file, AnnotationFile annotations)
    {
        foreach (IGrouping<string, AnnotationEntry> subset in annotations.Images.GroupBy(i => i.Subset ?? ""))
        {
            string[] found = [.. subset.Select(e => ImageOf(e, file)).OfType<string>()];
            if (found.Length == 0)
            {
                Refused.Add($"{tree.Full(file)} is {annotations.Format.Name} of {annotations.Images.Count.Of("image")}, none of which is in {tree.Root}");
                continue;
            }
            string[] folders = [.. found.Select(FolderTree.FolderOf).Distinct()];
            string images = FolderTree.Common(folders);
            yield return new FoundSource(images, annotations.Format.Name)
            {
                Annotations = file,
                Subfolders = folders.Length > 1 || folders[0] != images,
                Split = SplitName.Of(subset.Key.Length > 0 ? subset.Key : Path.GetFileNameWithoutExtension(file)) ?? SplitName.Of(FolderTree.FolderOf(file)) ?? SplitName.Of(images),
                Count = found.Length,
                Classes = annotations.Classes,
            };
        }
    }

    /// <summary>The image of an entry: the one whose path ends most like its name; of several such one near the file.</summary>
    private string? ImageOf(AnnotationEntry entry, string file) => entry.OtherNames.Prepend(entry.FullName).Select(ImageName.Key).Select(key =>
    {
        string[] named = [.. tree.ByName[ImageName.Last(key)]];
        string[] alike = [.. named.Where(i => ImageName.EndAlike(ImageName.Key(i), key))];
        return (alike.Length > 0 ? alike : named.Length == 1 ? named : []).OrderByDescending(i => FolderTree.Common([FolderTree.FolderOf(i), FolderTree.FolderOf(file)]).Length)
            .FirstOrDefault();
    }).FirstOrDefault(i => i is not null);

    /// <summary>The sources of folders with a file an image, those of one split joined.</summary>
    private IEnumerable<FoundSource> OfFolders(List<(string Folder, string Format, string[] Files)> folders)
    {
        var pairs = new List<(string Annotations, string Images, string Format, string? Suffix, int Count)>();
        foreach ((string folder, string format, string[] files) in folders)
        {
            (string Image, string? Suffix)[] found = [.. files.Select(f => Match(f)).Where(m => m.Image is not null).Select(m => (m.Image!, m.Suffix))];
            if (found.Length == 0)
            {
                Refused.Add($"{tree.Full(folder)} holds {format}, but none of its {files.Length.Of("file")} has an image of its name in {tree.Root}");
                continue;
            }
            IGrouping<string, (string Image, string? Suffix)> most = found.GroupBy(f => FolderTree.FolderOf(f.Image)).MaxBy(g => g.Count())!;
            pairs.Add((folder, most.Key, format, most.First().Suffix, most.Count()));
        }
        foreach (var split in pairs.GroupBy(p => (p.Format, Split: SplitName.Of(p.Annotations) ?? SplitName.Of(p.Images), p.Suffix)))
        {
            string annotations = FolderTree.Common(split.Select(p => p.Annotations)), images = FolderTree.Common(split.Select(p => p.Images));
            (string Images, string Annotations)[] below = [.. split.Select(p => (FolderTree.Below(p.Images, images), FolderTree.Below(p.Annotations, annotations)))];
            yield return new FoundSource(images, split.Key.Format)
            {
                Annotations = annotations,
                Subfolders = below.Length > 1 || below[0].Images.Length > 0,
                Pairing = Rule(below, split.Key.Suffix),
                Split = split.Key.Split,
                Count = split.Sum(p => p.Count),
            };
        }
    }

    /// <summary>The image of an annotation file, and the ending by which their names differ.</summary>
    private (string? Image, string? Suffix) Match(string file)
    {
        string stem = StemOf(file);
        foreach (string suffix in _suffixes.Where(s => stem.EndsWith(s, StringComparison.Ordinal)))
        {
            string bare = stem[..^suffix.Length];
            if (Nearest(bare + "_leftImg8bit", file) is { } city)
            {
                return (city, suffix);
            }
        }
        return (Nearest(stem, file), null);
    }

    private string? Nearest(string name, string file) => tree.ByName[name].Where(i => !IsMask(i)).OrderByDescending(i => Likeness(FolderTree.FolderOf(i), FolderTree.FolderOf(file))).FirstOrDefault();

    // Folders that differ in one name (images/train and labels/train) are nearer than those that differ in more.
    private static int Likeness(string a, string b) => a.Split('/').Intersect(b.Split('/')).Count();

    private static bool IsMask(string image) => FolderTree.FolderOf(image).Split('/').Any(p => MaskFinder.IsMaskFolder(p));

    private static string StemOf(string file) => ImageName.Last(ImageName.Key(Path.ChangeExtension(file, null)));

    private static PairingOptions? Rule((string Images, string Annotations)[] below, string? suffix)
    {
        if (suffix is not null)
        {
            return new PairingOptions { Image = "^(.*)_leftImg8bit$", Mask = $"$1{suffix}" };
        }
        if (below.All(b => b.Images == b.Annotations))
        {
            return null;
        }
        // Folders side by side, in each part of the set: one/img and one/ann.
        string[] ends = [.. below.Select(b => $"{ImageName.Last(b.Images)}/{ImageName.Last(b.Annotations)}").Distinct()];
        return ends is [var end] && end.Split('/') is [var image, var annotation]
            ? new PairingOptions { Image = $"^(.*){System.Text.RegularExpressions.Regex.Escape(image)}/([^/]*)$", Mask = $"${{1}}{annotation}/$2" }
            : null;
    }
}
