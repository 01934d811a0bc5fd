using SegML.Datasets;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Segmentation data sets as data views.</summary>
public static class SegmentationDataCatalog
{
    /// <summary>
    /// A folder of images and a folder of masks as rows of paths: text columns ImagePath and MaskPath. The folders are listed
    /// now and the files read later, by LoadImages or ApplySegmentationModel and by LoadMasks. To shuffle, apply ML.NET's ShuffleRows
    /// here: after images or masks are loaded it would drop those columns.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="imageFolder">Folder of images.</param>
    /// <param name="maskFolder">Folder of masks with the same file names, extensions aside.</param>
    /// <exception cref="SegML.DatasetException">A folder is missing or empty, or an image has no mask.</exception>
    public static IDataView LoadSegmentationFolder(this DataOperationsCatalog catalog, string imageFolder, string maskFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(imageFolder);
        ArgumentException.ThrowIfNullOrEmpty(maskFolder);
        return catalog.LoadSegmentationPairs(Dataset.Pair(imageFolder, maskFolder));
    }

    /// <summary>Pairs of an image and its mask as rows of paths: text columns ImagePath and MaskPath.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="items">The pairs, such as <see cref="Dataset.List"/> gives for a pipeline file's split.</param>
    public static IDataView LoadSegmentationPairs(this DataOperationsCatalog catalog, IEnumerable<DatasetItem> items)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(items);
        SegmentationPaths[] rows = [.. items.Select(i => new SegmentationPaths { ImagePath = i.ImagePath, MaskPath = i.MaskPath })];
        return catalog.LoadFromEnumerable(rows);
    }
}
