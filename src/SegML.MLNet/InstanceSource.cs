using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Images;
using SegML.Instances;
using SegML.Masks;
using SegML.Scoring.Detection;

namespace SegML.MLNet;

/// <summary>Where a row's instances come from.</summary>
/// <param name="Column">The column that they are found in.</param>
/// <param name="Open">Of a cursor and that column: gives the instances of the row that the cursor stands on, none where it has no value.</param>
internal sealed record InstanceSource(InputColumn Column, Func<DataViewRow, DataViewSchema.Column, Func<IReadOnlyList<SegmentationInstance>>> Open)
{
    /// <summary>The components of masks.</summary>
    public static InstanceSource Masks(string column, InstanceOptions options) => new(InputColumn.Mask(column), (row, of) =>
        Each<SegmentationMask>(row, of, mask => mask?.Instances(options) ?? []));

    /// <summary>What a model of single objects finds in images, or in files of images.</summary>
    public static InstanceSource Images(string column, InstanceSegmenter segmenter) => new(
        new InputColumn(column, type => InputColumn.IsText(type) || InputColumn.IsImage(type), "text (paths of images) or images (from LoadImages or an MLImage property)"),
        (row, of) => InputColumn.IsText(of.Type)
            ? Each<ReadOnlyMemory<char>>(row, of, path => path.IsEmpty ? [] : segmenter.Instances(path.ToString()))
            : Each<MLImage>(row, of, image =>
            {
                if (image is null)
                {
                    return [];
                }
                using RgbaImage copy = MLImagePixels.ToRgba(image);
                return segmenter.Instances(copy);
            }));

    private static Func<IReadOnlyList<SegmentationInstance>> Each<T>(DataViewRow row, DataViewSchema.Column column, Func<T?, IReadOnlyList<SegmentationInstance>> find)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return find(value);
        };
    }
}
