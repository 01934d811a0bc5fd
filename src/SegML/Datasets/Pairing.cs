using SegML.Annotations;
using SegML.Images;
using SegML.Pipelines;

namespace SegML.Datasets;

/// <summary>Brings images and masks together.</summary>
/// <param name="data">What happens to images without a mask, and how masks are drawn.</param>
/// <param name="place">Where masks were looked for, for messages.</param>
/// <param name="drawn">Whether masks are drawn from annotations.</param>
internal sealed class Pairing(DataOptions data, string place, bool drawn)
{
    private readonly string _mask = drawn ? "annotation" : "mask", _extension = drawn ? "" : ".png";
    private readonly List<DatasetFinding> _findings = [];

    /// <summary>
    /// Pairs images with the masks of the same key, then those of another name or of one that differs in the folders in front, where that
    /// fits one mask alone. Collects all that stays single or comes twice.
    /// </summary>
    /// <param name="images">The images, in the order that the items shall have.</param>
    /// <param name="masks">The masks. Of two with one key the first in ordinal order of paths counts.</param>
    public DatasetListing Pair(IReadOnlyCollection<SourceFile> images, IEnumerable<SourceFile> masks)
    {
        var masksByKey = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (SourceFile file in masks.OrderBy(m => m.Path, StringComparer.Ordinal))
        {
            if (!masksByKey.TryAdd(file.Key, file))
            {
                _findings.Add(Double(FindingKind.DoubleMask, file, masksByKey[file.Key], $"{_mask}s for one image") with { MaskPath = file.Path });
            }
        }
        var imagesByKey = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (SourceFile image in images)
        {
            if (!imagesByKey.TryAdd(image.Key, image))
            {
                _findings.Add(Double(FindingKind.DoubleImage, image, imagesByKey[image.Key], $"images for one {_mask}") with { ImagePath = image.Path });
            }
        }
        Dictionary<string, SourceFile> partners = Partners(imagesByKey, masksByKey);
        var items = new List<DatasetItem>(images.Count);
        foreach (SourceFile image in imagesByKey.Values)
        {
            Add(items, image, partners.TryGetValue(image.Key, out SourceFile file) ? file : null);
        }
        var taken = partners.Values.Select(m => m.Key).ToHashSet(StringComparer.Ordinal);
        SourceFile[] single = [.. masksByKey.Where(m => !taken.Contains(m.Key)).Select(m => m.Value).OrderBy(m => m.Name, StringComparer.Ordinal)];
        // One file for several splits has many images that are another split's.
        bool many = single.Length > 10 && single.All(m => m.Part is not null);
        _findings.AddRange((many ? single.Take(1) : single).Select(m => new DatasetFinding(FindingKind.MissingImage, m.Name,
            many ? $"and {single.Length - 1} more images of the file are not there" : "has no image",
            many ? "nothing is to be done where they belong to another split" : $"add the image or remove the {_mask}")
        { MaskPath = m.Path, Files = many ? single.Length : 1 }));
        return new DatasetListing(items, _findings);
    }

    /// <summary>Each image's mask.</summary>
    private static Dictionary<string, SourceFile> Partners(Dictionary<string, SourceFile> images, Dictionary<string, SourceFile> masks)
    {
        var partners = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (string key in images.Keys)
        {
            if (masks.TryGetValue(key, out SourceFile mask))
            {
                partners.Add(key, mask);
            }
        }
        ILookup<string, (string Key, SourceFile Mask)> free = masks.Values.Where(m => !images.ContainsKey(m.Key))
            .SelectMany(m => (m.OtherKeys ?? []).Prepend(m.Key).Select(k => (Key: k, Mask: m))).ToLookup(m => ImageName.Last(m.Key), StringComparer.Ordinal);
        (string Image, SourceFile Mask)[] fitting = [.. images.Values.Where(i => !partners.ContainsKey(i.Key))
            .Select(i => (i.Key, Mask: Fitting(i, free[ImageName.Last(i.Key)]))).Where(f => f.Mask is not null).Select(f => (f.Key, f.Mask!.Value))];
        // A mask that fits several images says nothing.
        foreach (IGrouping<string, (string Image, SourceFile Mask)> group in fitting.GroupBy(f => f.Mask.Key, StringComparer.Ordinal).Where(g => g.Count() == 1))
        {
            partners.Add(group.Single().Image, group.Single().Mask);
        }
        return partners;
    }

    /// <summary>
    /// The one mask that an image's place fits: whose name, with its folders, ends the image's path, the one with most folders first; else
    /// whose name ends with the image's. Null: none, or several alike.
    /// </summary>
    private static SourceFile? Fitting(SourceFile image, IEnumerable<(string Key, SourceFile Mask)> masks)
    {
        string path = ImageName.Key(image.Path);
        (string Key, SourceFile Mask)[] within = [.. masks.Where(m => ImageName.EndsWith(path, m.Key)).OrderByDescending(m => m.Key.Length)];
        (string Key, SourceFile Mask)[] beyond = within.Length > 0 ? [.. within.TakeWhile(m => m.Key.Length == within[0].Key.Length)]
            : [.. masks.Where(m => ImageName.EndsWith(m.Key, image.Key))];
        return beyond.DistinctBy(m => m.Mask.Key).ToArray() is [var only] ? only.Mask : null;
    }

    private void Add(List<DatasetItem> items, SourceFile image, SourceFile? mask)
    {
        if (mask is { } file)
        {
            if (data.Unannotated == UnannotatedPolicy.Skip && file.IsBare)
            {
                _findings.Add(new DatasetFinding(FindingKind.MissingMask, image.Path, $"has nothing drawn on it in {place}", "left out (data.unannotated)")
                {
                    ImagePath = image.Path,
                    IsLeftOut = true,
                });
                return;
            }
            items.Add(new DatasetItem(image.Path, file.Path) { Annotation = file.Annotation is { } read ? () => read(image.Path) : null, Part = file.Part, Drawing = data.Drawing() });
            return;
        }
        bool isLeftOut = data.Unannotated != UnannotatedPolicy.Error;
        _findings.Add(new DatasetFinding(FindingKind.MissingMask, image.Path, $"has no {_mask} {image.Key}{_extension} in {place}",
            data.Unannotated switch
            {
                UnannotatedPolicy.Skip => "left out (data.unannotated)",
                UnannotatedPolicy.Unlabelled => "all of it is unlabelled (data.unannotated)",
                _ => $"add the {_mask} or remove the image, or set data.unannotated to \"skip\" or \"unlabelled\"",
            })
        { ImagePath = image.Path, IsLeftOut = isLeftOut });
        if (data.Unannotated == UnannotatedPolicy.Unlabelled)
        {
            items.Add(new DatasetItem(image.Path, image.Path) { Annotation = () => Unlabelled(image.Path), Drawing = data.Drawing() with { View = AnnotatedView.Upright } });
        }
    }

    private static AnnotatedImage Unlabelled(string image)
    {
        (int width, int height) = ImageFile.ReadSize(image);
        return new AnnotatedImage(image, width, height, []);
    }

    private static DatasetFinding Double(FindingKind kind, SourceFile file, SourceFile first, string what) =>
        new(kind, file.Name, $"and {first.Part ?? Path.GetFileName(first.Path)} are two {what}", "rename or remove one") { OtherPath = first.Path };
}
