namespace SegML.Datasets;

/// <summary>Brings images and masks together.</summary>
internal static class Pairing
{
    /// <summary>Pairs images with the masks of the same key and collects all that stays single or comes twice.</summary>
    /// <param name="images">The images, in the order that the items shall have.</param>
    /// <param name="masks">The masks. Of two with one key the first in ordinal order of paths counts.</param>
    /// <param name="place">Where masks were looked for, for messages.</param>
    /// <param name="drawn">Whether masks are drawn from annotations.</param>
    public static DatasetListing Pair(IReadOnlyCollection<SourceFile> images, IEnumerable<SourceFile> masks, string place, bool drawn)
    {
        (string mask, string extension) = drawn ? ("annotation", "") : ("mask", ".png");
        var findings = new List<DatasetFinding>();
        var items = new List<DatasetItem>(images.Count);
        var masksByKey = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        var imagesByKey = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (SourceFile file in masks.OrderBy(m => m.Path, StringComparer.Ordinal))
        {
            if (!masksByKey.TryAdd(file.Key, file))
            {
                findings.Add(Double(FindingKind.DoubleMask, file, masksByKey[file.Key], $"{mask}s for one image") with { MaskPath = file.Path });
            }
        }
        foreach (SourceFile image in images)
        {
            if (!imagesByKey.TryAdd(image.Key, image))
            {
                findings.Add(Double(FindingKind.DoubleImage, image, imagesByKey[image.Key], $"images for one {mask}") with { ImagePath = image.Path });
            }
            else if (masksByKey.TryGetValue(image.Key, out SourceFile file))
            {
                items.Add(new DatasetItem(image.Path, file.Path) { Annotation = file.Annotation is { } read ? () => read(image.Path) : null });
            }
            else
            {
                findings.Add(new DatasetFinding(FindingKind.MissingMask, image.Path, $"has no {mask} {image.Key}{extension} in {place}", $"add the {mask} or remove the image")
                {
                    ImagePath = image.Path,
                });
            }
        }
        findings.AddRange(masksByKey.Where(m => !imagesByKey.ContainsKey(m.Key)).Select(m => m.Value).OrderBy(m => m.Name, StringComparer.Ordinal)
            .Select(m => new DatasetFinding(FindingKind.MissingImage, m.Name, "has no image", $"add the image or remove the {mask}") { MaskPath = m.Path }));
        return new DatasetListing(items, findings);
    }

    private static DatasetFinding Double(FindingKind kind, SourceFile file, SourceFile first, string what) =>
        new(kind, file.Name, $"and {first.Part ?? Path.GetFileName(first.Path)} are two {what}", "rename or remove one") { OtherPath = first.Path };
}
