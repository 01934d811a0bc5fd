using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;

namespace SegML.MLNet;

/// <summary>
/// Reads images and masks from rows: a new reference each time, because stock getters dispose the image that they are given, and it
/// may still be in use; and never null.
/// </summary>
internal static class RowValues
{
    /// <summary>What reads a row's mask.</summary>
    /// <remarks>Throws <see cref="MaskFormatException"/> for a row that has none.</remarks>
    public static Func<SegmentationMask> Masks(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<SegmentationMask> getter = row.GetGetter<SegmentationMask>(column);
        return () =>
        {
            SegmentationMask? mask = null;
            getter(ref mask!);
            return mask ?? throw new MaskFormatException($"row {row.Position}", $"has no mask in column \"{column.Name}\"", "filter such rows out first");
        };
    }

    /// <summary>What reads a row's image.</summary>
    /// <remarks>Throws <see cref="ImageFormatException"/> for a row that has none.</remarks>
    public static Func<MLImage> Images(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<MLImage> getter = row.GetGetter<MLImage>(column);
        return () =>
        {
            MLImage? image = null;
            getter(ref image!);
            return image ?? throw NoImage(row.Position, column);
        };
    }

    /// <summary>The exception for a row without an image.</summary>
    public static ImageFormatException NoImage(long position, DataViewSchema.Column column) =>
        new($"row {position}", $"has no image in column \"{column.Name}\"", "filter such rows out first");
}
