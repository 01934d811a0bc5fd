using SegML;
using SegML.Masks;
using SegML.MLNet;
using SegML.Pipelines;

namespace Microsoft.ML;

/// <summary>Transforms for semantic segmentation.</summary>
public static class SegmentationTransformsCatalog
{
    /// <summary>
    /// Reads masks (PNG) from paths and translates the files' values into class ids. The column's SlotNames annotation holds
    /// the class names.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of paths: text.</param>
    /// <param name="classes">The classes, and what stands for them in the files.</param>
    /// <remarks>A file that cannot be read throws <see cref="MaskFormatException"/> when its row is read.</remarks>
    public static LoadMasksEstimator LoadMasks(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(classes);
        return new LoadMasksEstimator(new LoadMasksTransformer(outputColumnName, inputColumnName, classes));
    }

    /// <inheritdoc cref="LoadMasks(TransformsCatalog, string, string, ClassSet)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">The column to add: <see cref="SegmentationMask"/>.</param>
    /// <param name="inputColumnName">The column of paths: text.</param>
    /// <param name="pipeline">The pipeline whose classes to use.</param>
    public static LoadMasksEstimator LoadMasks(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Pipeline pipeline)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return catalog.LoadMasks(outputColumnName, inputColumnName, pipeline.Classes);
    }
}
