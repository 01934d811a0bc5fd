using Microsoft.ML.Data;
using SegML;
using SegML.Datasets;
using SegML.Masks;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Segmentation data sets as data views.</summary>
public static class SegmentationDataCatalog
{
    /// <summary>
    /// A folder of images and a folder of masks as rows of paths: text columns ImagePath and MaskPath. The folders are listed
    /// now and the files read later, by LoadImages or ApplySegmentationModel and by LoadMasks. To shuffle or cache, apply ML.NET's
    /// ShuffleRows or Cache here: both drop columns of images and masks, which are not of its primitive types, so once those are
    /// loaded it is too late.
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

    /// <summary>
    /// Pairs of an image and its mask, or the annotations that its mask is drawn from, as rows of paths: text columns ImagePath and MaskPath.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="items">The pairs, such as <see cref="Dataset.List"/> gives for a pipeline file's split.</param>
    public static IDataView LoadSegmentationPairs(this DataOperationsCatalog catalog, IEnumerable<DatasetItem> items)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(items);
        SegmentationPaths[] rows = [.. items.Select(i => new SegmentationPaths { ImagePath = i.ImagePath, MaskPath = i.MaskReference })];
        return catalog.LoadFromEnumerable(rows);
    }

    /// <summary>
    /// Images and masks in memory as rows: columns Image, images of any size, and Mask, whose SlotNames annotation holds the class
    /// names. Neither is copied or disposed here; ML.NET's own image transforms, however, dispose the images that they read.
    /// ML.NET's ShuffleRows and Cache drop both columns: shuffle the collection.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="items">The pairs, at least one, all masks of the same classes. Listed now.</param>
    /// <exception cref="DatasetException">There are no pairs, or the classes differ.</exception>
    public static IDataView LoadSegmentationImages(
        this DataOperationsCatalog catalog, IEnumerable<(MLImage Image, SegmentationMask Mask)> items)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(items);
        ImageAndMask[] rows = [.. items.Select(i => new ImageAndMask { Image = i.Image, Mask = i.Mask })];
        return catalog.LoadFromEnumerable(rows, WithClassNames<ImageAndMask>([.. rows.Select(r => r.Mask!)]));
    }

    /// <summary>
    /// Images and masks in memory as rows: columns Image, byte vectors that ApplySegmentationModel decodes, and Mask, whose SlotNames
    /// annotation holds the class names. ML.NET's ShuffleRows and Cache drop the column Mask: shuffle the collection.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="items">The pairs, at least one, all masks of the same classes; an image is an image file's content. Listed now.</param>
    /// <exception cref="DatasetException">There are no pairs, or the classes differ.</exception>
    public static IDataView LoadSegmentationImages(
        this DataOperationsCatalog catalog, IEnumerable<(byte[] Image, SegmentationMask Mask)> items)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(items);
        EncodedImageAndMask[] rows = [.. items.Select(i => new EncodedImageAndMask { Image = i.Image, Mask = i.Mask })];
        return catalog.LoadFromEnumerable(rows, WithClassNames<EncodedImageAndMask>([.. rows.Select(r => r.Mask!)]));
    }

    private static SchemaDefinition WithClassNames<TRow>(SegmentationMask[] masks)
    {
        if (masks.Length == 0)
        {
            throw new DatasetException("the collection of images and masks", "is empty", "give at least one pair");
        }
        ClassSet classes = masks[0].Classes;
        int other = Array.FindIndex(masks, m => !m.Classes.HasNamesOf(classes));
        if (other >= 0)
        {
            throw new DatasetException($"mask {other} of the collection", $"is of the classes {string.Join(", ", masks[other].Classes.Names)}, "
                + $"mask 0 of {string.Join(", ", classes.Names)}", "give all masks the same classes");
        }
        SchemaDefinition schema = SchemaDefinition.Create(typeof(TRow));
        schema["Mask"].AddAnnotation(SlotNames.Kind, SlotNames.Value(classes.Names), SlotNames.TypeOf(classes.Names));
        return schema;
    }
}
