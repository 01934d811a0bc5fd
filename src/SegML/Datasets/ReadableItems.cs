using SegML.Images;
using SegML.Masks;

namespace SegML.Datasets;

/// <summary>Leaves out items of which a file cannot be read, and lists them: what data.onDamaged "skip" stands for.</summary>
internal static class ReadableItems
{
    /// <summary>Opens every file of a listing, on all cores. Images are decoded at the smallest size that their format has.</summary>
    public static DatasetListing Of(DatasetListing listing)
    {
        var faults = new DatasetFinding?[listing.Items.Count];
        Parallel.For(0, faults.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => faults[i] = Fault(listing.Items[i]));
        return new DatasetListing([.. listing.Items.Where((_, i) => faults[i] is null)], [.. listing.Findings, .. faults.OfType<DatasetFinding>()]);
    }

    private static DatasetFinding? Fault(DatasetItem item)
    {
        FindingKind kind = FindingKind.UnreadableImage;
        try
        {
            ImageFile.ReadReduced(item.ImagePath, static (_, _) => (1, 1)).Pixels.Dispose();
            kind = FindingKind.UnreadableMask;
            if (item.Annotation is { } read)
            {
                read();
            }
            else
            {
                MaskFile.ReadRaw(item.MaskPath);
            }
            return null;
        }
        catch (SegMLException e) when (e is ImageFormatException or MaskFormatException or AnnotationFormatException)
        {
            return DatasetFinding.Of(kind, e) with { Fix = $"left out (data.onDamaged); {e.Fix}", IsLeftOut = true, ImagePath = item.ImagePath, MaskPath = item.MaskPath };
        }
    }
}
