using System.Text.RegularExpressions;
using SegML.Datasets;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.Discovery;

/// <summary>Finds folders of masks and the images that they belong to.</summary>
internal sealed class MaskFinder(FolderTree tree)
{
    private const int Probed = 3, MostProbed = 30, MaxValues = 64;

    private static readonly string[] _suffixes = ["_mask", "_masks", "_label", "_labels", "_seg", "_segmentation", "_gt", "_L", "_gtFine_labelIds", "_gtFine_labelTrainIds", "_gtFine_instanceIds", "-mask", ".mask"];

    /// <summary>Whether a folder's name says that it holds masks.</summary>
    public static bool IsMaskFolder(string name) => Regex.IsMatch(name, "mask|msk|label|annot|segm|semseg|semantic|^instances?$|^gt|gtfine|_gt$|ground.?truth|SegmentationClass", RegexOptions.IgnoreCase)
        && !Regex.IsMatch(name, "image|SegmentationObject", RegexOptions.IgnoreCase);

    public List<FoundSource> Find()
    {
        ILookup<string, string> byFolder = tree.Images.ToLookup(FolderTree.FolderOf, StringComparer.Ordinal);
        var found = new List<FoundSource>();
        foreach (IGrouping<string, string> masks in tree.Files.Where(MaskFile.HasExtension).GroupBy(FolderTree.FolderOf, StringComparer.Ordinal))
        {
            string[] files = [.. masks];
            IEnumerable<FoundSource> candidates = byFolder.Select(images => Pair(images.Key, [.. images], masks.Key, files)).OfType<FoundSource>();
            if (candidates.OrderByDescending(c => c.Count).ThenByDescending(c => Alike(c.Images, masks.Key)).FirstOrDefault() is { } best && AreMasks(best, files))
            {
                found.Add(best);
            }
        }
        // Where a set has masks of several kinds, each kind has all images: the folders named after masks of classes are the ones meant.
        return [.. found.GroupBy(f => f.Images).Select(g => g.OrderByDescending(f => IsMaskFolder(ImageName.Last(f.Masks!)))
            .ThenBy(f => f.Pairing?.Mask.Contains("TrainIds", StringComparison.Ordinal) == true).ThenBy(HoldsInstances).ThenByDescending(f => f.Count).First())
            .Where(f => f.Pairing is not null || !found.Any(o => o.Masks == f.Images))
            .GroupBy(f => (f.Split, f.Pairing)).SelectMany(g => Joined([.. g]))];
    }

    private static bool HoldsInstances(FoundSource source) =>
        source.Pairing?.Mask.Contains("instanceIds", StringComparison.Ordinal) == true || ImageName.Last(source.Masks!).StartsWith("instance", StringComparison.OrdinalIgnoreCase);

    /// <summary>One source in place of several whose images and masks lie in folders of the same names, such as one a city or a kind of defect.</summary>
    private static IReadOnlyList<FoundSource> Joined(IReadOnlyList<FoundSource> sources)
    {
        string images = FolderTree.Common(sources.Select(s => s.Images)), masks = FolderTree.Common(sources.Select(s => s.Masks!));
        return sources.Count > 1 && sources.All(s => FolderTree.Below(s.Images, images) == FolderTree.Below(s.Masks!, masks))
            ? [sources[0] with { Images = images, Masks = masks, Subfolders = true, Count = sources.Sum(s => s.Count) }]
            : sources;
    }

    // Of folders whose names say nothing, those with few values are masks.
    private static bool IsNamedAnything(string folder) => !Regex.IsMatch(ImageName.Last(folder), "image|img|photo|SegmentationObject", RegexOptions.IgnoreCase);

    private static int Alike(string a, string b) => a.Split('/').Intersect(b.Split('/')).Count();

    private FoundSource? Pair(string imageFolder, string[] images, string maskFolder, string[] masks)
    {
        var names = masks.Select(m => ImageName.Last(ImageName.Key(m))).ToHashSet(StringComparer.Ordinal);
        string[] stems = [.. images.Select(i => ImageName.Last(ImageName.Key(i))).Distinct()];
        HashSet<string> known = [.. stems];
        if (imageFolder != maskFolder && stems.Count(names.Contains) is var same && same > 0 && same * 2 >= Math.Min(stems.Length, names.Count)
            && !IsMaskFolder(ImageName.Last(imageFolder))
            && (IsMaskFolder(ImageName.Last(maskFolder)) || (IsNamedAnything(maskFolder) && HoldFewValues(masks) && !HoldFewValues(images))))
        {
            return new FoundSource(imageFolder, "masks") { Masks = maskFolder, Split = SplitName.Of(imageFolder), Count = same };
        }
        foreach (string suffix in _suffixes)
        {
            int count = stems.Count(s => names.Contains(s + suffix)), cities = stems.Count(s => s.EndsWith("_leftImg8bit", StringComparison.Ordinal) && names.Contains(s[..^12] + suffix));
            if (count > 0 && count * 2 >= stems.Count(s => !s.EndsWith(suffix, StringComparison.Ordinal) && !IsPart(s)))
            {
                // Of images and masks in one folder, the rule picks the images: those that are no masks.
                string pattern = imageFolder == maskFolder ? Excluding(suffix) : "^(.*)$";
                return new FoundSource(imageFolder, "masks")
                {
                    Masks = maskFolder,
                    Split = SplitName.Of(imageFolder),
                    Count = count,
                    Pairing = new PairingOptions { Image = pattern, Mask = $"${{1}}{suffix}" },
                };
            }
            if (cities > 0)
            {
                return new FoundSource(imageFolder, "masks")
                {
                    Masks = maskFolder,
                    Split = SplitName.Of(imageFolder),
                    Count = cities,
                    Pairing = new PairingOptions { Image = "^(.*)_leftImg8bit$", Mask = $"$1{suffix}" },
                };
            }
        }
        return imageFolder != maskFolder && IsMaskFolder(ImageName.Last(maskFolder)) && !IsMaskFolder(ImageName.Last(imageFolder)) ? ByAffixes(imageFolder, stems, maskFolder, names) : null;

        // ADE20K's 2_parts_1 is a picture of what is in 2.
        bool IsPart(string stem) => Enumerable.Range(1, stem.Length - 1).Any(at => stem[at] == '_' && known.Contains(stem[..at]));
    }

    /// <summary>Names that are the same but for what all images, and all masks, have in front and behind: image_0001 and gt_0001.</summary>
    private static FoundSource? ByAffixes(string imageFolder, string[] stems, string maskFolder, HashSet<string> names)
    {
        if (stems.Length < 2 || names.Count < 2)
        {
            return null;
        }
        (string front, string behind) = Affixes(stems);
        (string maskFront, string maskBehind) = Affixes([.. names]);
        int count = stems.Count(s => names.Contains(maskFront + s[front.Length..^behind.Length] + maskBehind));
        return count * 2 < stems.Length ? null : new FoundSource(imageFolder, "masks")
        {
            Masks = maskFolder,
            Split = SplitName.Of(imageFolder),
            Count = count,
            Pairing = new PairingOptions { Image = $"^{Regex.Escape(front)}(.*){Regex.Escape(behind)}$", Mask = $"{maskFront}${{1}}{maskBehind}" },
        };
    }

    private static (string Front, string Behind) Affixes(IReadOnlyList<string> names)
    {
        string front = names[0], behind = names[0];
        foreach (string name in names)
        {
            front = front[..front.Zip(name).TakeWhile(p => p.First == p.Second).Count()];
            behind = behind[^behind.Reverse().Zip(name.Reverse()).TakeWhile(p => p.First == p.Second).Count()..];
        }
        // Digits that all share belong to the number.
        front = front.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        behind = behind.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        int shortest = names.Min(n => n.Length);
        return front.Length + behind.Length < shortest ? (front, behind) : ("", "");
    }

    // Without lookaround: a name whose end differs from the suffix in some character.
    private static string Excluding(string suffix)
    {
        IEnumerable<string> ends = Enumerable.Range(0, suffix.Length).Select(i => $"[^{Regex.Escape(suffix[i].ToString())}]{Regex.Escape(suffix[(i + 1)..])}");
        return $"^(.*(?:{string.Join('|', ends)})|.{{1,{suffix.Length - 1}}})$";
    }

    private bool AreMasks(FoundSource source, string[] files)
    {
        string suffix = source.Pairing is { } rule ? rule.Mask[(rule.Mask.LastIndexOf('1') + 1)..].TrimStart('}') : "";
        return HoldFewValues(files.Where(p => ImageName.Key(p).EndsWith(suffix, StringComparison.Ordinal)));
    }

    /// <summary>Whether the first files that can be read as masks have few values; damaged ones say nothing.</summary>
    private bool HoldFewValues(IEnumerable<string> files)
    {
        int[] counts = [.. files.Take(MostProbed).Select(CountValues).OfType<int>().Take(Probed)];
        return counts.Length > 0 && counts.All(c => c <= MaxValues);
    }

    private int? CountValues(string file)
    {
        try
        {
            return MaskValues.Of(MaskFile.ReadRaw(tree.Full(file))).Count;
        }
        catch (MaskFormatException)
        {
            return null;
        }
    }
}
