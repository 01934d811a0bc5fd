namespace SegML.Datasets;

/// <summary>Brings images and masks together.</summary>
internal static class Pairing
{
    /// <summary>Pairs images with the masks of the same key and collects all that stays single or comes twice.</summary>
    /// <param name="images">The images, in the order that the items shall have.</param>
    /// <param name="masks">The masks. Of two with one key the first in ordinal order of paths counts.</param>
    /// <param name="maskPlace">Where masks were looked for, for messages.</param>
    public static DatasetListing Pair(IReadOnlyCollection<SourceFile> images, IEnumerable<SourceFile> masks, string maskPlace)
    {
        var findings = new List<DatasetFinding>();
        var items = new List<DatasetItem>(images.Count);
        var masksByKey = new Dictionary<string, string>(StringComparer.Ordinal);
        var imagesByKey = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SourceFile mask in masks.OrderBy(m => m.Path, StringComparer.Ordinal))
        {
            if (!masksByKey.TryAdd(mask.Key, mask.Path))
            {
                findings.Add(Double(FindingKind.DoubleMask, mask.Path, masksByKey[mask.Key], "masks for one image") with { MaskPath = mask.Path });
            }
        }
        foreach (SourceFile image in images)
        {
            if (!imagesByKey.TryAdd(image.Key, image.Path))
            {
                findings.Add(Double(FindingKind.DoubleImage, image.Path, imagesByKey[image.Key], "images for one mask") with { ImagePath = image.Path });
            }
            else if (masksByKey.TryGetValue(image.Key, out string? mask))
            {
                items.Add(new DatasetItem(image.Path, mask));
            }
            else
            {
                findings.Add(new DatasetFinding(FindingKind.MissingMask, image.Path, $"has no mask {image.Key}.png in {maskPlace}", "add the mask or remove the image")
                { ImagePath = image.Path });
            }
        }
        findings.AddRange(masksByKey.Where(m => !imagesByKey.ContainsKey(m.Key)).OrderBy(m => m.Value, StringComparer.Ordinal)
            .Select(m => new DatasetFinding(FindingKind.MissingImage, m.Value, "has no image", "add the image or remove the mask") { MaskPath = m.Value }));
        return new DatasetListing(items, findings);
    }

    private static DatasetFinding Double(FindingKind kind, string path, string first, string what) =>
        new(kind, path, $"and {Path.GetFileName(first)} are two {what}", "rename or remove one") { OtherPath = first };
}
