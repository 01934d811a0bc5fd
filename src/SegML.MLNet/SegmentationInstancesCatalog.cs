using SegML.Instances;
using SegML.MLNet;
using SegML.Scoring.Detection;

namespace Microsoft.ML;

/// <summary>Masks and images split into instances.</summary>
public static class SegmentationInstancesCatalog
{
    /// <summary>
    /// A row for each instance in each mask: the connected components of <see cref="MaskInstances.Instances"/>. Two objects of a class
    /// that touch are one instance: a semantic mask does not tell them apart. Rows are made as they are read, one mask at a time;
    /// a mask without instances gives none.
    /// </summary>
    /// <remarks>
    /// Columns: SourceRow (long, the position of the mask's row), ClassId (int), ClassName (text), Score (float, NaN), Area (int, pixels), X, Y, Width, Height
    /// (int, the bounding box), CentroidX, CentroidY (float), InstanceMask (cut to the box; made when it is asked for), and before
    /// them the columns that are kept.
    /// </remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data; its cursors give rows in the order of the instances.</param>
    /// <param name="maskColumnName">The column of masks.</param>
    /// <param name="options">Classes, least area, connectivity; null: all components of all classes.</param>
    /// <param name="keep">Columns to repeat in each of a mask's rows, such as ImagePath: numbers, texts, keys, times or vectors of them.</param>
    /// <exception cref="SegML.MLNet.SchemaException">A column is missing, or the first does not hold masks, or one to keep holds images or masks.</exception>
    public static IDataView SplitIntoInstances(this DataOperationsCatalog catalog, IDataView data,
        string maskColumnName = "PredictedMask", InstanceOptions? options = null, params string[] keep)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(maskColumnName);
        ArgumentNullException.ThrowIfNull(keep);
        options ??= InstanceOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MinArea, 1, nameof(options));
        return new InstancesDataView(data, InstanceSource.Masks(maskColumnName, options), keep);
    }

    /// <summary>
    /// A row for each object that a model of single objects finds in each image, best first: objects of a class that touch are told apart. Rows are made as
    /// they are read, one image at a time; an image without objects, and a row without an image, give none.
    /// </summary>
    /// <remarks>Columns as of masks; Score is 0 to 1.</remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data; its cursors give rows in the order of the objects.</param>
    /// <param name="segmenter">The model; it stays the caller's and is to live as long as the rows are read.</param>
    /// <param name="imageColumnName">The column of paths of image files, or of images.</param>
    /// <param name="keep">Columns to repeat in each of an image's rows, such as ImagePath: numbers, texts, keys, times or vectors of them.</param>
    /// <exception cref="SegML.MLNet.SchemaException">A column is missing, or the first holds neither paths nor images, or one to keep holds images or masks.</exception>
    public static IDataView SplitIntoInstances(this DataOperationsCatalog catalog, IDataView data, InstanceSegmenter segmenter,
        string imageColumnName = "ImagePath", params string[] keep)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(segmenter);
        ArgumentException.ThrowIfNullOrEmpty(imageColumnName);
        ArgumentNullException.ThrowIfNull(keep);
        return new InstancesDataView(data, InstanceSource.Images(imageColumnName, segmenter), keep);
    }
}
