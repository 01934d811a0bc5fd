using SegML.Instances;
using SegML.MLNet;

namespace Microsoft.ML;

/// <summary>Masks split into instances.</summary>
public static class SegmentationInstancesCatalog
{
    /// <summary>
    /// A row for each instance in each mask: the connected components of <see cref="MaskInstances.Instances"/>. Two objects of a class
    /// that touch are one instance: a semantic mask does not tell them apart. Rows are made as they are read, one mask at a time;
    /// a mask without instances gives none.
    /// </summary>
    /// <remarks>
    /// Columns: SourceRow (long, the position of the mask's row), ClassId (int), ClassName (text), Area (int, pixels), X, Y, Width, Height
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
        return new InstancesDataView(data, maskColumnName, options, keep);
    }
}
