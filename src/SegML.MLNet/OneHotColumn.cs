using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using SegML.Masks;
using SegML.Pipelines;

namespace SegML.MLNet;

/// <summary>A column of masks as one plane a class, [C, H, W], that says which classes.</summary>
internal static class OneHotColumn
{
    /// <summary>The kind of annotation that holds the classes.</summary>
    public const string ClassesKind = "SegmentationClasses";

    /// <summary>An annotation set that holds the classes.</summary>
    public static DataViewSchema.Annotations Annotate(ClassSet classes)
    {
        string json = JsonSerializer.Serialize(SavedClasses.From(classes), PipelineJson.Options);
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(ClassesKind, TextDataViewType.Instance, (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = json.AsMemory()));
        return builder.ToAnnotations();
    }

    /// <summary>A column's classes; null where it does not say them.</summary>
    public static ClassSet? ClassesOf(DataViewSchema.Column column)
    {
        if (!PlanesColumn.IsPlanes(column.Type) || column.Annotations.Schema.GetColumnOrNull(ClassesKind) is not { Type: TextDataViewType })
        {
            return null;
        }
        ReadOnlyMemory<char> json = default;
        column.Annotations.GetValue(ClassesKind, ref json);
        return JsonSerializer.Deserialize<SavedClasses>(json.Span, PipelineJson.Options)!.ToClassSet();
    }

    /// <summary>What reads the row's mask, given the size of its image. Of soft planes the greatest decides; where all are 0, the pixel is ignored.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The column of planes.</param>
    /// <remarks>Throws <see cref="MaskFormatException"/> for a row whose planes are not of that size.</remarks>
    public static Func<(int Width, int Height), SegmentationMask> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        ClassSet classes = ClassesOf(column)!;
        ValueGetter<VBuffer<float>> getPlanes = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> planes = default;
        return size =>
        {
            getPlanes(ref planes);
            return planes.Length == (long)classes.Count * size.Width * size.Height
                ? OneHotDecodeMaskTransformer.Decode(planes, size.Width, size.Height, classes)
                : throw new MaskFormatException($"row {row.Position}",
                    $"has {planes.Length.Of("value")} in column \"{column.Name}\" where [{classes.Count}, {size.Height}, {size.Width}] takes {(long)classes.Count * size.Width * size.Height}",
                    "encode masks of their images' sizes");
        };
    }
}
